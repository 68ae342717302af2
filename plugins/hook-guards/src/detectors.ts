import type { Span } from "./span.ts";

/**
 * Finds one sort of sensitive text. No pattern repeats without a bound, and each begins with something that cannot be
 * found again inside its own match, so that no text takes more than linear time.
 */
export interface Detector {
  readonly pattern: RegExp;
  /**
   * The beginning of a match that really is what is looked for; all of it unless given. When it is empty, the search goes
   * on behind the first character.
   */
  readonly confirm?: (match: string) => string;
}

/** The sorts of sensitive text, in the order in which they are looked for. */
export type DetectorName = "secret" | "iban" | "credit_card" | "email" | "phone";

/** With its end, or cut off somewhere in its Base64 lines (line breaks may be escaped, as in JSON). */
const PRIVATE_KEY = [
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:[^-]|-(?!----)){0,20000}-----END [A-Z ]{0,40}PRIVATE KEY-----/,
  /-----BEGIN [A-Z ]{0,40}PRIVATE KEY-----(?:(?:\s|\\[nr]){0,4}[A-Za-z0-9+/]{16,76}={0,2}){1,400}/,
];

const TOKENS = [
  /sk-(?=[A-Za-z_-]{0,100}\d)[A-Za-z0-9_-]{20,250}/, // OpenAI, Anthropic
  /(?:AKIA|ASIA)[A-Z0-9]{16}/, // AWS
  /gh[pousr]_[A-Za-z0-9]{36,250}/, // GitHub
  /github_pat_[A-Za-z0-9_]{22,250}/,
  /glpat-[A-Za-z0-9_-]{20,64}/, // GitLab
  /xox[abeoprs]-[A-Za-z0-9-]{10,250}/, // Slack
  /AIza[A-Za-z0-9_-]{35}/, // Google
  /[rs]k_(?:live|test)_[A-Za-z0-9]{16,250}/, // Stripe
  /npm_[A-Za-z0-9]{36}/,
  /hf_[A-Za-z0-9]{30,64}/, // Hugging Face
  /eyJ[A-Za-z0-9_-]{10,4000}\.eyJ[A-Za-z0-9_-]{10,4000}\.[A-Za-z0-9_-]{10,1000}/, // JSON Web Token
  /[Bb]earer {1,3}(?=[A-Za-z._~+/-]{0,200}\d)[A-Za-z0-9._~+/-]{20,4000}={0,2}/,
];

const anyOf = (patterns: readonly RegExp[]) => patterns.map((pattern) => pattern.source).join("|");

export const detectors: Readonly<Record<DetectorName, Detector>> = {
  secret: {
    pattern: new RegExp(`${anyOf(PRIVATE_KEY)}|(?<![A-Za-z0-9_-])(?:${anyOf(TOKENS)})`, "g"),
  },
  iban: {
    pattern: /(?<![A-Za-z0-9])[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){2,7}(?: ?[A-Z0-9]{1,3})?(?![A-Za-z0-9])/g,
    confirm: confirmIban,
  },
  credit_card: {
    // Together, or in groups of four and more; other digits may stand beside it.
    pattern: /(?<![\w.]|(?<!\d)-)\d{4}(?:[ -]?\d){9,15}(?!\w|-\D)/g,
    confirm: confirmCard,
  },
  email: {
    // Not the address of a Git remote (git@github.com:owner/repo).
    pattern:
      /(?<![A-Za-z0-9._%+-])[A-Za-z0-9_%+][A-Za-z0-9._%+-]{0,63}@(?:[A-Za-z0-9-]{1,63}\.){1,8}[A-Za-z]{2,24}(?![A-Za-z0-9-]|:[\w.~-]{1,100}\/)/g,
    // Images for dense screens are called icon@2x.png.
    confirm: (match) => (/@\dx\.(?:png|jpe?g|gif|webp|svg|avif)$/i.test(match) ? "" : match),
  },
  phone: {
    pattern:
      /(?<![\w.+-])(?:\+\d{1,3}[ .-]?(?:\(\d{1,4}\)[ .-]?)?\d{1,4}(?:[ .-]?\d{2,4}){1,4}|(?:\(\d{3}\) ?|\d{3}[-.])\d{3}[-.]\d{4})(?![\w-])/g,
    confirm: (match) => (isPhoneLength(match.replace(/\D/g, "").length) ? match : ""),
  },
};

/** Where a text has what the detector looks for, from left to right. */
export function findSensitive({ pattern, confirm }: Detector, text: string): readonly Span[] {
  const spans: Span[] = [];
  pattern.lastIndex = 0;
  for (let match = pattern.exec(text); match !== null; match = pattern.exec(text)) {
    const start = match.index;
    const { length } = confirm === undefined ? match[0] : confirm(match[0]);
    if (length > 0) spans.push({ start, end: start + length });
    pattern.lastIndex = start + Math.max(1, length);
  }
  return spans;
}

/** E.164 allows at most 15 digits; shorter than 8 are hardly whole numbers. */
function isPhoneLength(digits: number): boolean {
  return digits >= 8 && digits <= 15;
}

/** The lengths that card networks use, by how their numbers begin. */
const CARD_NETWORKS: readonly (readonly [prefix: RegExp, ...lengths: readonly number[]])[] = [
  [/^4/, 13, 16, 19],
  [/^(?:5[1-5]|222[1-9]|22[3-9]|2[3-6]|27[01]|2720)/, 16],
  [/^3[47]/, 15],
  [/^(?:6011|64[4-9]|65)/, 16, 19],
  [/^35(?:2[89]|[3-8])/, 16, 19],
  [/^3(?:0[0-5]|[68])/, 14],
];

function isCardNumber(digits: string): boolean {
  const isKnown = CARD_NETWORKS.some(([prefix, ...lengths]) => prefix.test(digits) && lengths.includes(digits.length));
  return isKnown && passesLuhn(digits);
}

/** A card number may be followed by its check code or expiry: it ends where one of its groups ends, as late as possible. */
function confirmCard(match: string): string {
  const ends = [...match.matchAll(/(?<=\d)(?=[ -]|$)/g)].map(({ index }) => index);
  const candidates = ends.map((end) => match.slice(0, end)).filter((text) => !/(?:^|[ -])\d{1,3}[ -]/.test(text));
  return candidates.findLast((text) => isCardNumber(text.replace(/[ -]/g, ""))) ?? "";
}

/** The check digit of ISO/IEC 7812-1 (H. P. Luhn, 1960). */
function passesLuhn(digits: string): boolean {
  let sum = 0;
  for (let place = 0; place < digits.length; place++) {
    const digit = Number(digits[digits.length - 1 - place]);
    const doubled = place % 2 === 1 ? digit * 2 : digit;
    sum += doubled > 9 ? doubled - 9 : doubled;
  }
  return sum % 10 === 0;
}

/** Words in capitals that follow an IBAN look like more groups of it, so it is tried with ever fewer of them. */
function confirmIban(match: string): string {
  const groups = match.split(" ");
  for (let count = groups.length; count > 0; count--) {
    const candidate = groups.slice(0, count).join(" ");
    const iban = candidate.replaceAll(" ", "");
    if (iban.length >= 15 && iban.length <= 34 && passesMod97(iban)) return candidate;
  }
  return "";
}

/** The check digits of ISO 13616: the number, its first four characters last and letters as 10 to 35, is 1 modulo 97. */
function passesMod97(iban: string): boolean {
  let remainder = 0;
  for (const character of iban.slice(4) + iban.slice(0, 4)) {
    const value = Number.parseInt(character, 36);
    remainder = (remainder * (value > 9 ? 100 : 10) + value) % 97;
  }
  return remainder === 1;
}
