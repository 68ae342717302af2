import type { JsonSchema } from "@llmspell/tools";

/** What `document_analyzer` takes. */
export interface AnalysisRequest {
  readonly text: string;
  /** How many key sentences to give at most; 3 when absent. */
  readonly maxSentences?: number | undefined;
  /** That the text goes on: its last sentence may be half of one and is no key sentence, where there are others. */
  readonly truncated?: boolean | undefined;
}

export interface Entity {
  readonly text: string;
  /** The model's name of the type: `DATE`, `MONEY`, `URL`, `EMAIL`, `MENTION` … */
  readonly type: string;
}

/** What `document_analyzer` gives. */
export interface Analysis {
  /** ISO 639-1, or `und` when it cannot be told reliably. */
  readonly language: string;
  readonly tokens: number;
  readonly sentences: number;
  /** In the order in which they first occur. */
  readonly entities: readonly Entity[];
  /** -1 to 1; 0 for a text that is known to be in another language than English, which the model cannot judge. */
  readonly sentiment: number;
  /** The sentences that say most of what the text says, in its order. */
  readonly keySentences: readonly string[];
  /** The most frequent content words, most frequent first. */
  readonly keywords: readonly string[];
}

/** An analysis as the tool gives it. */
export interface BoundedAnalysis extends Analysis {
  /** Whether the text was longer than the tool reads. */
  readonly truncated: boolean;
}

export const description =
  "Analyses a text: its language, entities (dates, amounts, links, e-mail addresses, mentions), sentiment from -1 to 1, key sentences and keywords.";

export const inputSchema: JsonSchema = {
  type: "object",
  required: ["text"],
  additionalProperties: false,
  properties: {
    text: { type: "string", description: "The text to analyse." },
    maxSentences: {
      type: "integer",
      minimum: 1,
      maximum: 20,
      description: "How many key sentences to give at most. Default: 3.",
    },
  },
};

const strings = { type: "array", items: { type: "string" } };

export const outputSchema: JsonSchema = {
  type: "object",
  required: ["language", "tokens", "sentences", "entities", "sentiment", "keySentences", "keywords", "truncated"],
  additionalProperties: false,
  properties: {
    language: { type: "string", description: "ISO 639-1, or `und` when it cannot be told reliably." },
    tokens: { type: "integer", minimum: 0 },
    sentences: { type: "integer", minimum: 0 },
    entities: {
      type: "array",
      items: {
        type: "object",
        required: ["text", "type"],
        additionalProperties: false,
        properties: { text: { type: "string" }, type: { type: "string" } },
      },
    },
    sentiment: { type: "number", minimum: -1, maximum: 1 },
    keySentences: strings,
    keywords: strings,
    truncated: { type: "boolean", description: "Whether the text was longer than the tool reads." },
  },
};
