import { messageOf } from "@llmspell/base";
import { RE2JS } from "re2js";
import type { BusEvent } from "./bus-event.ts";
import { eventErrors } from "./errors.ts";
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
 * also none from a plugin or a user, can stall the process by backtracking.
 */
export class PatternRoute implements RouteMatcher {
  readonly #pattern: RE2JS;

  /** @throws LLMSPELL_E_EVENT_PATTERN when it cannot run in linear time: look-around, back-references, flags `g`, `v`, `y` */
  constructor(pattern: string | RegExp) {
    const expression = typeof pattern === "string" ? { source: pattern, flags: "u" } : pattern;
    this.#pattern = compile(expression.source, expression.flags);
  }

  matchesType(type: string): boolean {
    return this.#pattern.test(type);
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
