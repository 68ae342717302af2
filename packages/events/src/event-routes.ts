import { messageOf } from "@llmspell/base";
import { RE2JS } from "re2js";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
import { shapeOf } from "./pattern-shape.ts";
import type { RouteMatcher } from "./route.ts";

/** Takes events of one type. */
export class StaticRoute implements RouteMatcher {
  readonly type: string;

  constructor(type: string) {
    this.type = type;
  }
}

const RE2_FLAGS: Readonly<Record<string, number>> = {
  i: RE2JS.CASE_INSENSITIVE,
  m: RE2JS.MULTILINE,
  s: RE2JS.DOTALL,
  // Unicode is how it works anyway, and whether there is a match does not depend on indices.
  u: 0,
  d: 0,
};

/**
 * Takes events whose type contains a match of a regular expression.
 *
 * The expression runs on an automaton (RE2, R. Cox 2007), whose time is linear in the length of the type. No expression,
 * also none from a plugin or a user, can stall the process by backtracking. Where it begins or ends with literals
 * (`^user_`, `\.failed$`), the bus finds it by these, and does not run it for any other type.
 */
export class PatternRoute implements RouteMatcher {
  readonly type: string | undefined;
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  readonly #pattern: RE2JS | undefined;

  /** @throws LLMSPELL_E_EVENT_PATTERN when it cannot run in linear time: look-around, back-references, flags `g`, `v`, `y` */
  constructor(pattern: string | RegExp) {
    const { source, flags } = typeof pattern === "string" ? { source: pattern, flags: "u" } : pattern;
    const compiled = compile(source, flags);
    const { type, prefix, suffix, isComplete } = shapeOf(source, flags);
    this.type = type;
    this.prefix = prefix;
    this.suffix = suffix;
    this.#pattern = isComplete ? undefined : compiled;
  }

  matchesType(type: string): boolean {
    if (this.#pattern !== undefined) return this.#pattern.test(type);
    if (this.type !== undefined) return type === this.type;
    return type.startsWith(this.prefix ?? "") && type.endsWith(this.suffix ?? "");
  }
}

function compile(source: string, flags: string): RE2JS {
  const pattern = `/${source}/${flags}`;
  let bits = 0;
  for (const flag of flags) {
    const bit = RE2_FLAGS[flag];
    if (bit === undefined)
      throw eventErrors.LLMSPELL_E_EVENT_PATTERN({ pattern, problem: `flag ${flag} has no meaning here` });
    bits |= bit;
  }
  try {
    return RE2JS.compile(RE2JS.translateRegExp(source), bits);
  } catch (cause) {
    throw eventErrors.LLMSPELL_E_EVENT_PATTERN({ pattern, problem: messageOf(cause) }, { cause });
  }
}

/** Takes the events for which a condition holds; asked for every event. */
export class DynamicRoute implements RouteMatcher {
  readonly #condition: (event: BusEvent) => unknown;

  /** @param condition any truthy answer means yes; throwing means no, and is counted */
  constructor(condition: (event: BusEvent) => unknown) {
    this.#condition = condition;
  }

  matches(event: BusEvent): boolean {
    return Boolean(this.#condition(event));
  }
}
