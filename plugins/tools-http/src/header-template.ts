import { type Scope, textOf } from "@llmspell/expressions";
import { httpToolErrors } from "./errors.ts";
import { compileValue } from "./template-parts.ts";

/** What a header's value may not hold: it would end the header, or is not Latin-1. */
const NOT_ALLOWED = /[^\t\x20-\x7e\xa0-\xff]/;
/** Those that belong to the connection, not to a request. */
const RESERVED: ReadonlySet<string> = new Set([
  "connection",
  "content-length",
  "expect",
  "host",
  "keep-alive",
  "te",
  "trailer",
  "transfer-encoding",
  "upgrade",
]);

type Headers = Readonly<Record<string, string>>;

/**
 * Compiles headers: gives them by name in lower case, without those that are null.
 *
 * @throws LLMSPELL_E_TOOL_HTTP_OPTIONS when a header is not a request's own; LLMSPELL_E_TEMPLATE
 */
export function compileHeaders(headers: Headers = {}): (scope: Scope) => Record<string, string> {
  const compiled = Object.entries(headers).map(([name, value]) => [checkedName(name), compileValue(value)] as const);
  return (scope) => {
    const rendered: Record<string, string> = {};
    for (const [name, render] of compiled) {
      const value = render(scope);
      if (value !== null && value !== undefined) rendered[name] = headerValue(name, textOf(value));
    }
    return rendered;
  };
}

/** @throws LLMSPELL_E_TOOL_HTTP_INPUT, which does not repeat the value */
export function headerValue(name: string, value: string): string {
  if (!NOT_ALLOWED.test(value)) return value;
  const problem = "its value has line ends, control characters or characters beyond Latin-1";
  throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_INPUT({ place: `header ${name}`, problem });
}

function checkedName(name: string): string {
  const lower = name.toLowerCase();
  if (!RESERVED.has(lower)) return lower;
  throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_OPTIONS({ problem: `the header ${name} belongs to the connection` });
}
