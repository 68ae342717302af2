import { type Scope, textOf } from "@llmspell/expressions";
import { longestFirst } from "./http-request.ts";
import { compileValue } from "./template-parts.ts";

type Query = Readonly<Record<string, unknown>>;

/** Compiled parameters of a URL. */
export interface QueryTemplate {
  /** The texts that do not depend on the input: what may be a key. */
  readonly constants: readonly string[];
  /** @throws LLMSPELL_E_EXPRESSION_VALUE */
  addTo(url: URL, scope: Scope): void;
}

/** @throws LLMSPELL_E_TEMPLATE */
export function compileQuery(query: Query = {}): QueryTemplate {
  const compiled = Object.entries(query).map(([name, value]) => [name, compileValue(value)] as const);
  const texts = Object.values(query).filter((value) => typeof value === "string" && !value.includes("{{"));
  return {
    constants: longestFirst(texts.map(String)),
    addTo(url, scope) {
      for (const [name, render] of compiled) append(url.searchParams, name, render(scope));
    },
  };
}

/** A list repeats its parameter; nothing leaves it out. */
function append(parameters: URLSearchParams, name: string, value: unknown): void {
  if (value === null || value === undefined) return;
  if (!Array.isArray(value)) parameters.append(name, textOf(value));
  else for (const item of value) if (item !== null && item !== undefined) parameters.append(name, textOf(item));
}
