import { type Scope, textOf } from "@llmspell/expressions";
import { httpToolErrors } from "./errors.ts";
import { templateParts } from "./template-parts.ts";

/** Where in a URL an expression stands, which decides how its value is written. */
type Place = "whole" | "host" | "path" | "query";

type UrlPart = string | { readonly place: Place; value(scope: Scope): unknown };

/** A host name or IPv4 address, with a port or without. */
const HOST = /^[A-Za-z0-9._-]+(?::\d{1,5})?$/;
/** Segments that URL parsers resolve, in every way of writing them. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** A URL with `{{ CEL }}` in it, each value written so that it stays where it stands. */
export class UrlTemplate {
  readonly #parts: readonly UrlPart[];
  /** The origin, unless it comes from the input. */
  readonly origin: string | undefined;

  /** @throws LLMSPELL_E_TEMPLATE, LLMSPELL_E_TOOL_HTTP_OPTIONS when it is no address over HTTP */
  constructor(source: string) {
    let before = "";
    this.#parts = templateParts(source).map((part) => {
      const placed = typeof part === "string" ? part : { place: placeAfter(before, source), value: part };
      // What stands for a value is a digit, so that it fits everywhere, also as a port.
      before += typeof part === "string" ? part : "1";
      return placed;
    });
    const places = this.#parts.flatMap((part) => (typeof part === "string" ? [] : [part.place]));
    if (places.includes("whole")) {
      if (this.#parts.length > 1) throw optionsError("an expression at the beginning of `url` must be all of it");
    } else {
      const url = parseUrl(before);
      if (url === undefined) throw optionsError("`url` is no address over HTTP, or has a user name or a # in it");
      if (!places.includes("host")) this.origin = url.origin;
    }
  }

  /** @throws LLMSPELL_E_EXPRESSION_VALUE, LLMSPELL_E_TOOL_HTTP_INPUT when a value cannot stand where it should */
  render(scope: Scope): URL {
    const text = this.#parts.map((part) => (typeof part === "string" ? part : written(part, scope))).join("");
    const [path = ""] = text.replace(/^https?:\/\/[^/?]*/, "").split("?");
    if (this.#parts.length > 1) checkSegments(path);
    const url = parseUrl(text);
    if (url === undefined) throw inputError("URL", "it is no address over HTTP, or has a user name or a # in it");
    return url;
  }
}

/** @throws LLMSPELL_E_TOOL_HTTP_INPUT when a path has a segment that leads out of where it stands */
export function checkSegments(path: string): void {
  if (!path.split("/").some((segment) => DOT_SEGMENT.test(segment))) return;
  throw inputError("path", "a segment would be . or .., which leads elsewhere");
}

function placeAfter(before: string, source: string): Place {
  if (before === "") return "whole";
  if (/^https?:\/\/[^/?]*$/.test(before)) return "host";
  if (!/^https?:\/\//.test(before)) throw optionsError(`expected \`url\` to begin with https:// or http://: ${source}`);
  return before.includes("?") ? "query" : "path";
}

function written({ place, value }: Exclude<UrlPart, string>, scope: Scope): string {
  const text = textOf(value(scope));
  if (place === "whole") return text;
  if (place === "host") {
    if (!HOST.test(text)) throw inputError("host", "it is no host name");
    return text;
  }
  if (place === "path" && text === "") throw inputError("path", "it is empty, which would lead elsewhere");
  return encodeURIComponent(text.toWellFormed());
}

function parseUrl(text: string): URL | undefined {
  const url = URL.parse(text);
  if (url === null || !/^https?:$/.test(url.protocol) || text.includes("#")) return undefined;
  return url.username === "" && url.password === "" ? url : undefined;
}

function optionsError(problem: string): Error {
  return httpToolErrors.LLMSPELL_E_TOOL_HTTP_OPTIONS({ problem });
}

function inputError(place: string, problem: string): Error {
  return httpToolErrors.LLMSPELL_E_TOOL_HTTP_INPUT({ place, problem });
}
