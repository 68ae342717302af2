// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


/**
 * Options of the tool document_analyzer.
 */
export interface DocumentAnalyzerOptions {
  /**
   * Characters of a text that are analysed; of a longer one the rest is left out, and the output says `truncated: true`.
   */
  maxCharacters?: number;
}

export const documentAnalyzerOptionsDefaults = {
  "maxCharacters": 20000
} as const;

/**
 * Options of the tool summarizer.
 */
export interface SummarizerOptions {
  /**
   * Characters of a text that are read; of a longer one the rest is left out, and the output says `truncated: true`.
   */
  maxCharacters?: number;
}

export const summarizerOptionsDefaults = {
  "maxCharacters": 100000
} as const;
