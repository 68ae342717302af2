import { type Document, isScalar, Scalar, visit, type YAMLError } from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Place, SourceFile } from "../diagnostics/source-file.ts";

export const REPEATED_KEY = "This key stands twice in the same map; remove one of them.";

/**
 * Reports what the YAML parser found wrong; whether there was anything. What comes after the first structural error
 * is the parser's guesswork about the rest of the file, so only keys that stand twice are reported beside it.
 */
export function reportSyntaxErrors(file: SourceFile, document: Document.Parsed, diagnostics: Diagnostics): boolean {
  const problems: readonly YAMLError[] = [...document.errors, ...document.warnings];
  const structural = problems.find(({ code }) => code !== "DUPLICATE_KEY");
  for (const problem of problems.filter((each) => each === structural || each.code === "DUPLICATE_KEY")) {
    const place = placeOf(problem, file, document);
    const message = isBareReference(place) ? BARE_REFERENCE : messageOf(problem);
    diagnostics.error("LLMSPELL_E_YAML_SYNTAX", message, place);
  }
  return problems.length > 0;
}

/** The parser's terse messages for the commonest slips, said in full. */
function messageOf({ code, message }: YAMLError): string {
  if (code === "TAB_AS_INDENT") return "Tabs cannot indent YAML; use spaces.";
  if (code === "DUPLICATE_KEY") return REPEATED_KEY;
  if (code === "MULTIPLE_DOCS")
    return "A configuration is one YAML document; this file holds several, separated by `---`.";
  if (isUnclosedQuote(code, message)) return "The quoted text that begins here is never closed.";
  if (message.startsWith("Maximum call stack")) return "Here values are nested too deep to be read.";
  return `${message.replace(/\.$/, "").split("\n")[0] ?? message}.`;
}

function placeOf({ code, message, pos: [start, end] }: YAMLError, file: SourceFile, document: Document.Parsed): Place {
  if (code === "DUPLICATE_KEY") {
    const [key = ""] = /^("[^"\n]*"|'[^'\n]*'|[^\s:]+)/.exec(file.text.slice(start)) ?? [];
    return { file, start, end: start + Math.max(1, key.length) };
  }
  if (isUnclosedQuote(code, message)) {
    const opening = openingQuote(document) ?? start;
    return { file, start: opening, end: opening + 1 };
  }
  // An error about indentation starts at the line's start; what it is about comes after the spaces.
  const [spaces = ""] = /^ *(?=\S)/.exec(file.text.slice(start)) ?? [];
  return { file, start: start + spaces.length, end: Math.max(end, start + spaces.length + 1) };
}

function isUnclosedQuote(code: string, message: string): boolean {
  return code === "MISSING_CHAR" && message.startsWith("Missing closing");
}

/** Where the last quoted scalar begins: an unclosed one runs to the end of the file. */
function openingQuote(document: Document.Parsed): number | undefined {
  let opening: number | undefined;
  visit(document, (_, node) => {
    if (!isScalar(node) || (node.type !== Scalar.QUOTE_DOUBLE && node.type !== Scalar.QUOTE_SINGLE)) return;
    const start = node.range?.[0];
    if (start !== undefined && start >= (opening ?? 0)) opening = start;
  });
  return opening;
}

const BARE_REFERENCE = 'YAML takes this brace for a map: inside `{ }` and `[ ]`, quote a reference, as in `"${NAME}"`.';

function isBareReference({ file, start }: Place): boolean {
  return file.text.slice(start - 1, start + 1) === "${";
}
