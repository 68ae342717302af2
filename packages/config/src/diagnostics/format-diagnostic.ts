import { relative } from "node:path";
import { styleText } from "node:util";
import type { Diagnostic } from "./diagnostic.ts";
import type { Place } from "./source-file.ts";

/** How a diagnostic is shown. */
export interface FormatOptions {
  /** Paths are shown relative to this directory. */
  readonly directory?: string;
  /** Whether to colour the text with terminal escapes. */
  readonly color?: boolean;
}

/** Longer lines are cut around the caret. */
const FRAME_WIDTH = 110;

/** How much of a longer line is shown after what is marked. */
const FRAME_MARGIN = 20;

/** A diagnostic as a reader sees it: place and code, sentence, code frame with a caret, what to do. */
export function formatDiagnostic(diagnostic: Diagnostic, options: FormatOptions = {}): string {
  const { directory = process.cwd(), color = false } = options;
  const paint = (style: Parameters<typeof styleText>[0], text: string) =>
    color ? styleText(style, text, { validateStream: false }) : text;
  const { place, severity, code, message, hint } = diagnostic;
  const where = place === undefined ? "" : `${locate(place, directory)}: `;
  const head = `${paint("bold", where)}${paint(severity === "error" ? "red" : "yellow", severity)} ${code}`;
  const lines = [head, ...message.split("\n").map((line) => `  ${line}`)];
  if (place !== undefined) lines.push(...codeFrame(place).map((line) => paint("dim", line)));
  if (hint !== undefined) lines.push(`  ${paint("cyan", hint)}`);
  return lines.join("\n");
}

/** `file:line:column` of a place. */
export function locate(place: Place, directory: string): string {
  const { line, column } = place.file.position(place.start);
  return `${displayPath(place.file.path, directory)}:${line}:${column}`;
}

/** A path as short as it can be shown: relative where it is inside `directory`. */
export function displayPath(path: string, directory: string): string {
  if (path.startsWith("<")) return path;
  const short = relative(directory, path);
  return short === "" || short.startsWith("..") ? path : short;
}

function codeFrame({ file, start, end }: Place): string[] {
  const { line, column } = file.position(start);
  const last = file.position(Math.max(start, end - 1));
  const text = file.line(line);
  const stop = last.line === line ? Math.min(last.column, text.length) : text.length;
  const marked = Math.max(1, stop - column + 1);
  const shownEnd = Math.min(text.length, column - 1 + marked + FRAME_MARGIN);
  const shift = Math.max(0, Math.min(column - 1, shownEnd - FRAME_WIDTH));
  const width = String(line).length;
  const before = line > 1 ? file.line(line - 1) : undefined;
  const gutter = (number: number | undefined) => `  ${String(number ?? "").padStart(width)} |`;
  const row = (number: number, content: string) => `${gutter(number)} ${window(content, shift)}`.trimEnd();
  const lead = window(text, shift).slice(0, column - 1 - shift);
  const carets = "^".repeat(Math.min(marked, FRAME_WIDTH - lead.length));
  const caret = `${gutter(undefined)} ${blankOf(lead)}${carets}`;
  return [...(before === undefined ? [] : [row(line - 1, before)]), row(line, text), caret];
}

/** The part of a line that the frame shows; an ellipsis stands for what is cut off. */
function window(line: string, shift: number): string {
  const text = line.slice(shift, shift + FRAME_WIDTH).replaceAll(/\p{Cc}/gu, " ");
  const isCutBefore = shift > 0 && text !== "";
  const isCutAfter = line.length > shift + FRAME_WIDTH;
  return `${isCutBefore ? "…" : ""}${text.slice(isCutBefore ? 1 : 0, isCutAfter ? -1 : undefined)}${isCutAfter ? "…" : ""}`;
}

/** East Asian wide characters and emoji take two columns of a terminal. */
const WIDE = /[\p{Emoji_Presentation}\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60]/u;

/** Blanks as wide as a text, so that the caret stands under what follows it. */
function blankOf(text: string): string {
  return [...text].map((character) => (/\p{M}/u.test(character) ? "" : WIDE.test(character) ? "  " : " ")).join("");
}
