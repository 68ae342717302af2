import { PatternRoute, type RouteMatcher } from "@llmspell/events";
import { routeErrors } from "./errors.ts";

/**
 * Takes events whose whole type matches a glob, in time linear in the length of the type (see `PatternRoute`). The parts
 * of a type are separated by dots.
 *
 * | in a glob | matches |
 * |---|---|
 * | `*` | any characters of one part; where it is the whole part, at least one |
 * | `**` as a whole part | any number of parts, also none |
 * | `?` | one character of a part |
 * | `{a,b}` | either; may be nested, hold other wildcards, and go over several parts |
 *
 * All else stands for itself. What a glob begins or ends with literally, the bus finds it by.
 */
export class GlobRoute implements RouteMatcher {
  readonly type: string | undefined;
  readonly prefix: string | undefined;
  readonly suffix: string | undefined;
  readonly #pattern: PatternRoute;

  /** @throws LLMSPELL_E_EVENT_ROUTE_GLOB when a brace has no partner */
  constructor(glob: string) {
    this.#pattern = new PatternRoute(`^(?:${expressionOf(glob)})$`);
    const wildcards = /[*?{}].*[*?{}]|[*?{}]/su.exec(glob)?.[0];
    this.type = wildcards === undefined ? glob : undefined;
    if (wildcards === undefined) return;
    const [before = "", after = ""] = cutOut(glob, wildcards);
    this.prefix = before === "" ? undefined : before;
    this.suffix = after === "" ? undefined : after;
  }

  matchesType(type: string): boolean {
    return this.#pattern.matchesType(type);
  }
}

/** What stands before and after the wildcards; a dot beside `**` is not sure to be there. */
function cutOut(glob: string, wildcards: string): readonly string[] {
  const start = glob.indexOf(wildcards);
  const before = glob.slice(0, start);
  const after = glob.slice(start + wildcards.length);
  return [
    wildcards.startsWith("**") ? before.replace(/\.$/, "") : before,
    wildcards.endsWith("**") ? after.replace(/^\./, "") : after,
  ];
}

/** Wildcards with the dots around them that they make optional, and single characters. */
const TOKEN = /(?<![^.{,])\*\*\.|\.\*\*(?![^.},])|\*+|./gsu;

function expressionOf(glob: string): string {
  let depth = 0;
  const expression = glob.replace(TOKEN, (token, offset: number) => {
    if (token === "{") depth++;
    if (token === "}" && --depth < 0) throw routeErrors.LLMSPELL_E_EVENT_ROUTE_GLOB({ glob, brace: "}" });
    if (token === "," && depth > 0) return "|";
    return EXPRESSIONS[token] ?? (token.startsWith("*") ? starsOf(token, glob, offset) : escaped(token));
  });
  if (depth > 0) throw routeErrors.LLMSPELL_E_EVENT_ROUTE_GLOB({ glob, brace: "{" });
  return expression;
}

const EXPRESSIONS: Readonly<Record<string, string>> = {
  "**.": "(?:[^.]+\\.)*",
  ".**": "(?:\\.[^.]+)*",
  "?": "[^.]",
  "{": "(?:",
  "}": ")",
};

function starsOf(stars: string, glob: string, offset: number): string {
  const before = glob[offset - 1];
  const after = glob[offset + stars.length];
  const isWholePart =
    (before === undefined || ".{,".includes(before)) && (after === undefined || ".},".includes(after));
  if (!isWholePart) return "[^.]*";
  return stars === "**" ? "[^.]+(?:\\.[^.]+)*" : "[^.]+";
}

function escaped(character: string): string {
  return /[\\^$.*+?()[\]{}|]/.test(character) ? `\\${character}` : character;
}
