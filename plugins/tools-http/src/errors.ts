import { defineErrors } from "@llmspell/base";

/** A request as errors name it: never its path, query, headers or body, where secrets stand. */
export interface NamedRequest {
  readonly method: string;
  readonly origin: string;
}

interface Answered extends NamedRequest {
  readonly status: number;
  /** The beginning of the answer's body, without what the request's headers say. */
  readonly body: string;
  /** How long the server asks to wait; milliseconds. */
  readonly retryAfter: number | undefined;
}

/** Every error of the tools `http` and `web_search`, by code. */
export const httpToolErrors = defineErrors({
  LLMSPELL_E_TOOL_HTTP_OPTIONS: {
    message: ({ problem }: { problem: string }) => `The HTTP tool cannot be built: ${problem}.`,
    hint: "Correct the tool's options.",
    final: true,
  },
  LLMSPELL_E_TOOL_HTTP_INPUT: {
    message: ({ place, problem }: { place: string; problem: string }) =>
      `The input cannot be put into the request's ${place}: ${problem}.`,
    hint: "Narrow the tool's `inputSchema`, so that no caller gives such a value.",
    final: true,
  },
  LLMSPELL_E_TOOL_HTTP_HOST: {
    message: ({ host, problem }: { host: string; problem: string }) => `The tool may not call ${host}: ${problem}.`,
    hint: "Only what `allowedHosts` lists may be called; a private address must be listed by its exact name.",
    final: true,
  },
  LLMSPELL_E_TOOL_HTTP_NETWORK: {
    message: ({ method, origin, problem }: NamedRequest & { problem: string }) =>
      `${method} ${origin} got no answer: ${problem}.`,
    hint: "Check that the server runs and can be reached from here.",
  },
  LLMSPELL_E_TOOL_HTTP_STATUS: {
    message: answered,
    hint: ({ retryAfter }: Answered) =>
      retryAfter === undefined
        ? "The server may answer later; a step's `retries` asks again."
        : `The server asks to wait ${Math.ceil(retryAfter / 1000)} s before the next request.`,
  },
  LLMSPELL_E_TOOL_HTTP_REFUSED: {
    message: answered,
    hint: "Look at what was asked, and at the key or token in the tool's headers; to ask again is of no use.",
    final: true,
  },
  LLMSPELL_E_TOOL_HTTP_REDIRECT: {
    message: ({ method, origin, problem }: NamedRequest & { problem: string }) =>
      `${method} ${origin} redirects, which is not followed: ${problem}.`,
    hint: "Write the address to which it leads, or add its host to `allowedHosts`.",
    final: true,
  },
  LLMSPELL_E_TOOL_HTTP_RESPONSE: {
    message: ({ method, origin, problem }: NamedRequest & { problem: string }) =>
      `The answer to ${method} ${origin} cannot be used: ${problem}.`,
    hint: "The tool reads JSON and text, up to `maxResponseBytes`.",
  },
  LLMSPELL_E_TOOL_OPENAPI: {
    message: ({ path, problem }: { path: string; problem: string }) =>
      `The OpenAPI document ${path} cannot be used: ${problem}.`,
    hint: "Correct the document, or write the request as a template under `request`.",
    final: true,
  },
  LLMSPELL_E_TOOL_SEARCH_FORMAT: {
    message: ({ origin }: { origin: string }) => `The SearXNG server ${origin} refuses the format json (status 403).`,
    hint: "Add `json` to `search.formats` in its settings.yml, or choose a server that allows it; most public ones do not.",
    final: true,
  },
});

function answered({ method, origin, status, body }: Answered): string {
  return `${method} ${origin} answered with status ${status}${body === "" ? "." : `: ${body}`}`;
}
