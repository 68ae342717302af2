// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.


/**
 * Options of the provider openai_compatible.
 */
export interface OpenAiCompatibleOptions {
  /**
   * The address below which /chat/completions lies: http://127.0.0.1:11434/v1. Null or empty means not configured.
   */
  baseUrl: string | null;
  /**
   * The model's name, as the server knows it. Null or empty means not configured.
   */
  model: string | null;
  /**
   * Sent as a bearer token; nothing is sent where it is null or empty.
   */
  apiKey?: string | null;
  /**
   * Further headers of every request.
   */
  headers?: {
    [k: string]: string;
  };
  /**
   * What the provider is called in messages.
   */
  name?: string;
}

export const openAiCompatibleOptionsDefaults = {
  "apiKey": null,
  "headers": {},
  "name": "openai_compatible"
} as const;
