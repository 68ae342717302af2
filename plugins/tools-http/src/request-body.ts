import { textOf } from "@llmspell/expressions";
import { httpToolErrors } from "./errors.ts";
import { templateParts } from "./template-parts.ts";

/** A body and what says how to read it. */
export interface WrittenBody {
  readonly text: string;
  readonly contentType: string;
}

const FORM = "application/x-www-form-urlencoded";
const JSON_TYPE = /^application\/(?:[\w.+-]+\+)?json\b/i;

/**
 * Writes a value as a body: a text as it is, everything else as JSON, both unless `contentType` says JSON or a form.
 *
 * @throws LLMSPELL_E_TOOL_HTTP_INPUT when a form is to be made of what has no fields
 */
export function writeBody(value: unknown, contentType: string | undefined): WrittenBody {
  if (contentType?.toLowerCase().startsWith(FORM)) return { text: formOf(value), contentType };
  if (typeof value === "string" && (contentType === undefined || !JSON_TYPE.test(contentType))) {
    return { text: value, contentType: contentType ?? "text/plain;charset=utf-8" };
  }
  return { text: JSON.stringify(value), contentType: contentType ?? "application/json" };
}

function formOf(value: unknown): string {
  if (typeof value !== "object" || value === null || Array.isArray(value)) {
    throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_INPUT({ place: "body", problem: "a form is made of an object's fields" });
  }
  const form = new URLSearchParams();
  for (const [name, field] of Object.entries(value)) {
    for (const item of Array.isArray(field) ? field : [field]) {
      if (item !== null && item !== undefined) form.append(name, textOf(item));
    }
  }
  return form.toString();
}

/**
 * Refuses a text with expressions in it as anything else than plain text: a value could end the string, element or field
 * in which it stands.
 *
 * @throws LLMSPELL_E_TOOL_HTTP_OPTIONS
 */
export function checkBodyTemplate(body: unknown, contentType: string | undefined): void {
  if (typeof body !== "string" || contentType === undefined || /^text\/plain\b/i.test(contentType)) return;
  const parts = templateParts(body);
  if (parts.length < 2) return;
  const problem = `a body of type ${contentType} cannot be a text with expressions in it, in which values are not escaped`;
  throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_OPTIONS({ problem: `${problem}; write it as an object` });
}
