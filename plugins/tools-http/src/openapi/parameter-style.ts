import { textOf } from "@llmspell/expressions";
import { isObject } from "./openapi-document.ts";

/** How lists and objects are written, where a parameter stands. */
export interface ParameterStyle {
  readonly style: "simple" | "form" | "spaceDelimited" | "pipeDelimited" | "deepObject";
  readonly explode: boolean;
}

const DELIMITERS = { simple: ",", form: ",", deepObject: ",", spaceDelimited: "%20", pipeDelimited: "|" } as const;

type Encode = (text: string) => string;

/** Writes a text for a URL; characters without meaning of their own (lone surrogates) are replaced. */
export function encode(text: string): string {
  return encodeURIComponent(text.toWellFormed());
}

/** A value in the style `simple`, as paths and headers have it: `3,4,5`, `R,100,G,200`, with `explode` `R=100,G=200`. */
export function simple(value: unknown, explode: boolean, encoded: Encode): string {
  if (Array.isArray(value)) return value.map((item) => encoded(textOf(item))).join(",");
  if (!isObject(value)) return encoded(textOf(value));
  return Object.entries(value)
    .map(([key, item]) => `${encoded(key)}${explode ? "=" : ","}${encoded(textOf(item))}`)
    .join(",");
}

/** A value as parameters of a query, each as `name=value`, in the styles of OpenAPI 3. */
export function inQuery(name: string, value: unknown, { style, explode }: ParameterStyle): string[] {
  const pair = (key: string, text: string) => `${encode(key)}=${text}`;
  if (Array.isArray(value)) {
    const items = value.map((item) => encode(textOf(item)));
    if (items.length === 0) return [];
    return explode ? items.map((item) => pair(name, item)) : [pair(name, items.join(DELIMITERS[style]))];
  }
  if (!isObject(value)) return [pair(name, encode(textOf(value)))];
  const fields = Object.entries(value).map(([key, item]) => [key, encode(textOf(item))] as const);
  if (style === "deepObject") return fields.map(([key, text]) => pair(`${name}[${key}]`, text));
  if (explode) return fields.map(([key, text]) => pair(key, text));
  return fields.length === 0 ? [] : [pair(name, fields.map(([key, text]) => `${encode(key)},${text}`).join(","))];
}
