import { extname } from "node:path";

/** Where a null byte marks a file as no text, as git looks for it. */
const PROBE = 8000;

/** The text of a file, each line where the file has it; `undefined` when it is no text. */
export function textOfFile(path: string, bytes: Buffer): string | undefined {
  if (bytes.subarray(0, PROBE).includes(0)) return undefined;
  const text = bytes.toString("utf8").replace(/^\uFEFF/, "");
  return /^\.x?html?$/i.test(extname(path)) ? textOfHtml(text) : text;
}

/** Elements whose content is for no reader. */
const UNREAD = /<(script|style|template|svg)\b[^>]*>[\s\S]*?(?:<\/\1\s*>|$)/gi;
const COMMENT = /<!--[\s\S]*?(?:-->|$)/g;
const TAG = /<\/?[a-z][^<>]*>|<![a-z][^<>]*>/gi;
const ENTITY = /&(?:#(\d{1,7})|#x([\da-f]{1,6})|([a-z]{2,8}));/gi;
const NAMED: Readonly<Record<string, string>> = {
  amp: "&",
  apos: "'",
  gt: ">",
  hellip: "…",
  lt: "<",
  mdash: "—",
  nbsp: " ",
  ndash: "–",
  quot: '"',
};

/** The text between the tags. Line ends are kept, so that a line of the text is a line of the file. */
function textOfHtml(html: string): string {
  const blank = (markup: string) => ` ${"\n".repeat(markup.split("\n").length - 1)}`;
  return html.replace(COMMENT, blank).replace(UNREAD, blank).replace(TAG, blank).replace(ENTITY, characterOf);
}

function characterOf(entity: string, decimal?: string, hexadecimal?: string, name?: string): string {
  if (name !== undefined) return NAMED[name.toLowerCase()] ?? entity;
  const code = decimal === undefined ? Number.parseInt(hexadecimal ?? "", 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : entity;
}
