// The tool module that runs in the worker threads of `document_analyzer`: the models are loaded there and nowhere else.
import type { Document, ItemEntity, WinkMethods } from "wink-nlp";
import type { Analysis, AnalysisRequest, Entity } from "./analysis.ts";
import { centralSentences } from "./central-sentences.ts";
import { type Sentence, sentencesOf } from "./sentences.ts";
import { loadTextModel, type TextModel } from "./text-model.ts";

export { description, inputSchema } from "./analysis.ts";

/** Characters from which the language is told; more would cost time and change nothing. */
const LANGUAGE_SAMPLE = 2000;
const DEFAULT_SENTENCES = 3;
const KEYWORDS = 10;

interface AnalyzerModels extends TextModel {
  languageOf(text: string): string;
}

let loading: Promise<AnalyzerModels> | undefined;

function loadModels(): Promise<AnalyzerModels> {
  loading ??= loadBoth();
  return loading;
}

async function loadBoth(): Promise<AnalyzerModels> {
  const [model, { eld }] = await Promise.all([
    loadTextModel(["sbd", "negation", "sentiment", "ner"]),
    import("eld/extrasmall"),
  ]);
  const languageOf = (text: string) => {
    const result = eld.detect(text.slice(0, LANGUAGE_SAMPLE));
    return result.isReliable() ? result.language : "und";
  };
  return { ...model, languageOf };
}

/** What a pool can have done before the first call, which else does it. */
export const warmUps = {
  async load_model(): Promise<void> {
    await loadModels();
  },
  async initialize_tokenizer(): Promise<void> {
    await analyze({
      text: "The tokenizer reads its first sentence. It compiles its patterns for that (on 1 May 2020).",
    });
  },
};

export default async function analyze(request: AnalysisRequest): Promise<Analysis> {
  const models = await loadModels();
  const { text, maxSentences = DEFAULT_SENTENCES, truncated } = request;
  const { its } = models.nlp;
  const document = models.read(text);
  const language = models.languageOf(text);
  const sentences = sentencesOf(text, document, models);
  const isJudged = language === "en" || language === "und";
  return {
    language,
    tokens: document.tokens().length(),
    sentences: sentences.length,
    entities: entitiesOf(document, models.nlp),
    sentiment: isJudged ? Number(document.out(its.sentiment)) : 0,
    keySentences: centralSentences(sentences, { maxSentences, truncated }).map((sentence) => sentence.text),
    keywords: keywordsOf(sentences),
  };
}

/** The most frequent words, each in the form in which it first occurs; of equals the one that comes first. */
function keywordsOf(sentences: readonly Sentence[]): string[] {
  const counts = new Map<string, { readonly form: string; count: number }>();
  for (const { words, forms } of sentences) {
    for (const [index, word] of words.entries()) {
      const entry = counts.get(word) ?? { form: forms[index] ?? word, count: 0 };
      entry.count++;
      counts.set(word, entry);
    }
  }
  const byCount = [...counts.values()].sort((a, b) => b.count - a.count);
  return byCount.slice(0, KEYWORDS).map(({ form }) => form);
}

function entitiesOf(document: Document, { its }: WinkMethods): Entity[] {
  const entities = new Map<string, Entity>();
  document.entities().each((entity: ItemEntity) => {
    const detail = entity.out(its.detail);
    if (typeof detail === "string") return;
    const { value: text, type } = detail;
    entities.set(`${type} ${text}`, { text, type });
  });
  return [...entities.values()];
}
