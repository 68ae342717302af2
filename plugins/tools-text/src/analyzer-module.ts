// The tool module that runs in the worker threads of `document_analyzer`: the models are loaded there and nowhere else.
import { eld } from "eld/extrasmall";
import model from "wink-eng-lite-web-model";
import winkNLP, { type Document, type ItemEntity, type ItemSentence, type ItemToken, type ItsFunction } from "wink-nlp";
import type { Analysis, AnalysisRequest, Entity } from "./analysis.ts";
import { sumBasic, wordCounts } from "./sum-basic.ts";

export { description, inputSchema } from "./analysis.ts";

/** Characters from which the language is told; more would cost time and change nothing. */
const LANGUAGE_SAMPLE = 2000;
const DEFAULT_SENTENCES = 3;
const KEYWORDS = 10;
/** Words of one letter are list markers and variables more often than content. */
const SHORTEST_WORD = 2;

const nlp = winkNLP(model, ["sbd", "negation", "sentiment", "ner"]);
const { its } = nlp;
/** The library's types leave it out of what `out` takes. */
const stemOf = its.stem as ItsFunction<string>;

/** Runs the models once, so that the first call does not pay for their first use. */
export function load(): void {
  analyze({ text: "This is a sentence. It warms the models up." });
}

export default function analyze({ text, maxSentences = DEFAULT_SENTENCES }: AnalysisRequest): Analysis {
  const document = nlp.readDoc(text);
  const language = languageOf(text);
  const sentences = document.sentences().out();
  const { stems, forms } = contentWords(document);
  const isJudged = language === "en" || language === "und";
  return {
    language,
    tokens: document.tokens().length(),
    sentences: sentences.length,
    entities: entitiesOf(document),
    sentiment: isJudged ? Number(document.out(its.sentiment)) : 0,
    keySentences: sumBasic(stems, maxSentences).map((index) => (sentences[index] ?? "").trim()),
    keywords: [...wordCounts(stems).keys()].slice(0, KEYWORDS).map((stem) => forms.get(stem) ?? stem),
  };
}

function languageOf(text: string): string {
  const result = eld.detect(text.slice(0, LANGUAGE_SAMPLE));
  return result.isReliable() ? result.language : "und";
}

/** The words that carry meaning: their stems by sentence, and for each stem the form in which it first occurs. */
function contentWords(document: Document): {
  readonly stems: readonly string[][];
  readonly forms: ReadonlyMap<string, string>;
} {
  const stems: string[][] = [];
  const forms = new Map<string, string>();
  document.sentences().each((sentence: ItemSentence) => {
    const inSentence: string[] = [];
    sentence.tokens().each((token: ItemToken) => {
      if (token.out(its.type) !== "word" || token.out(its.stopWordFlag) === true) return;
      const form = token.out(its.normal);
      if (form.length < SHORTEST_WORD) return;
      const stem = token.out(stemOf);
      inSentence.push(stem);
      if (!forms.has(stem)) forms.set(stem, form);
    });
    stems.push(inSentence);
  });
  return { stems, forms };
}

function entitiesOf(document: Document): Entity[] {
  const entities = new Map<string, Entity>();
  document.entities().each((entity: ItemEntity) => {
    const detail = entity.out(its.detail);
    if (typeof detail === "string") return;
    const { value: text, type } = detail;
    entities.set(`${type} ${text}`, { text, type });
  });
  return [...entities.values()];
}
