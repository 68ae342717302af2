import type { JsonSchema } from "@llmspell/tools";

/** Sentences that a summary has at most, whatever is asked for: choosing each costs a look at all others. */
export const MOST_SENTENCES = 100;

/** What `summarizer` takes. Where several bounds are given, all hold. */
export interface SummaryRequest {
  readonly text: string;
  /** Sentences of the summary at most; 3 when there is no `ratio` either. */
  readonly maxSentences?: number | undefined;
  /** Sentences of the summary at most, as a share of the text's: above 0, at most 1; it allows one at least. */
  readonly ratio?: number | undefined;
  /** Characters (UTF-16 code units) of the summary at most. */
  readonly maxCharacters?: number | undefined;
  /** That the text goes on: its last sentence may be half of one and is not chosen, where there are others. */
  readonly truncated?: boolean | undefined;
}

/** One sentence of a summary. */
export interface SummarySentence {
  readonly text: string;
  /** Where it begins in the text that was given, in UTF-16 code units. */
  readonly start: number;
  /** Where it ends: the place after its last character. */
  readonly end: number;
  /** How central it is to the text: 1 for the text's most central sentence, towards 0. */
  readonly score: number;
}

/** What `summarizer` gives. */
export interface Summary {
  /** The chosen sentences in the text's order, a blank between them. Empty where no sentence fits. */
  readonly summary: string;
  readonly sentences: readonly SummarySentence[];
  /** How many sentences the text has, as far as it was read. */
  readonly sentenceCount: number;
}

/** A summary as the tool gives it. */
export interface BoundedSummary extends Summary {
  /** Whether the text was longer than the tool reads. */
  readonly truncated: boolean;
}

export const description =
  "Summarises a text by its most central sentences, word for word and in the text's order, and says where each stands.";

export const inputSchema: JsonSchema = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: {
    text: { type: "string", description: "The text to summarise." },
    maxSentences: {
      type: "integer",
      minimum: 1,
      maximum: MOST_SENTENCES,
      description: "How many sentences the summary has at most. Default: 3, unless a ratio is given.",
    },
    ratio: {
      type: "number",
      exclusiveMinimum: 0,
      maximum: 1,
      description: `The share of the text's sentences that the summary has at most; never more than ${MOST_SENTENCES} sentences.`,
    },
    maxCharacters: {
      type: "integer",
      minimum: 1,
      description: "How many characters the summary has at most. Sentences that do not fit are left out whole.",
    },
  },
};

export const outputSchema: JsonSchema = {
  type: "object",
  required: ["summary", "sentences", "sentenceCount", "truncated"],
  additionalProperties: false,
  properties: {
    summary: { type: "string", description: "The chosen sentences; empty where none fits." },
    sentences: {
      type: "array",
      maxItems: MOST_SENTENCES,
      items: {
        type: "object",
        required: ["text", "start", "end", "score"],
        additionalProperties: false,
        properties: {
          text: { type: "string" },
          start: { type: "integer", minimum: 0, description: "Where it begins in the text, in UTF-16 code units." },
          end: { type: "integer", minimum: 0, description: "The place after its last character." },
          score: { type: "number", minimum: 0, maximum: 1, description: "How central it is; 1 is the most central." },
        },
      },
    },
    sentenceCount: { type: "integer", minimum: 0, description: "How many sentences the text has." },
    truncated: { type: "boolean", description: "Whether the text was longer than the tool reads." },
  },
};
