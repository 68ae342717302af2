import type { Document, ItemSentence, ItemToken } from "wink-nlp";
import type { TextModel } from "./text-model.ts";

/** One sentence of a text, word for word. */
export interface Sentence {
  readonly text: string;
  /** Where it begins in the text, in UTF-16 code units. */
  readonly start: number;
  /** The words that carry meaning: stems of English ones, others in lower case. */
  readonly words: readonly string[];
  /** The same words as they are written, in lower case. */
  readonly forms: readonly string[];
}

type ContentWords = Pick<Sentence, "words" | "forms">;

/** Words of one letter are list markers and variables more often than content. */
const SHORTEST_WORD = 2;
/** Longer ones are encoded data and lines drawn with letters, not words, and take long to stem. */
const LONGEST_WORD = 50;
/**
 * Ends a sentence in scripts that put no blank behind it, which the model does not part; with what closes a quotation, a
 * few characters at most, or a long row of them would take long.
 */
const ENDS_WITHOUT_BLANK = /(?<=[。！？｡][」』”’）)]{0,3})(?![。！？｡」』”’）)])/u;
/** Parts into words what the model does not know: other scripts, also those without blanks. */
const segmenter = new Intl.Segmenter("und", { granularity: "word" });

/**
 * The sentences of a text, in order.
 *
 * @param document the text, read by the model
 */
export function sentencesOf(text: string, document: Document, model: TextModel): Sentence[] {
  const sentences: Sentence[] = [];
  let place = 0;
  document.sentences().each((sentence: ItemSentence) => {
    const start = skipBlanks(text, place);
    place = endOf(text, start, sentence.out());
    const parts = text.slice(start, place).split(ENDS_WITHOUT_BLANK);
    let partStart = start;
    for (const part of parts) {
      const written = part.trim();
      const words = parts.length === 1 ? contentWords(sentence, model) : segmentedWords(written);
      if (written !== "") sentences.push({ text: written, start: skipBlanks(text, partStart), ...words });
      partStart += part.length;
    }
  });
  return sentences;
}

function skipBlanks(text: string, place: number): number {
  let start = place;
  while (start < text.length && isBlank(text, start)) start++;
  return start;
}

/** Where a sentence ends that begins at a place: the model keeps everything of it but, at times, its white space. */
function endOf(text: string, start: number, sentence: string): number {
  let left = sentence.replace(/\s+/gu, "").length;
  let end = start;
  for (; left > 0 && end < text.length; end++) if (!isBlank(text, end)) left--;
  return end;
}

function isBlank(text: string, place: number): boolean {
  return /\s/u.test(text.charAt(place));
}

function contentWords(sentence: ItemSentence, { nlp, stem }: TextModel): ContentWords {
  const { its } = nlp;
  const words: string[] = [];
  const forms: string[] = [];
  sentence.tokens().each((token: ItemToken) => {
    const type = token.out(its.type);
    if (type === "unk") {
      const segmented = segmentedWords(token.out());
      words.push(...segmented.words);
      forms.push(...segmented.forms);
    }
    if (type !== "word" || token.out(its.stopWordFlag) === true) return;
    const form = token.out(its.normal);
    if (form.length < SHORTEST_WORD || form.length > LONGEST_WORD) return;
    words.push(token.out(stem));
    forms.push(form);
  });
  return { words, forms };
}

/** In these scripts a word may have one letter, and there are no stems to be had. */
function segmentedWords(text: string): ContentWords {
  const words: string[] = [];
  for (const { segment, isWordLike } of segmenter.segment(text)) {
    if (isWordLike === true && segment.length <= LONGEST_WORD && /\p{L}/u.test(segment)) {
      words.push(segment.toLowerCase());
    }
  }
  return { words, forms: words };
}
