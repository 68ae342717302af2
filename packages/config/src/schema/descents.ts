import { isLlmspellError, parseDuration, parseRate } from "@llmspell/base";

/** Keys whose values should not fall from one to the next, or must not: what a schema says by `x-ascending`. */
export type AscendingKeyword = readonly string[] | AscendingRule;

interface AscendingRule {
  readonly keys: readonly string[];
  readonly must: "rise" | "not fall";
}

/** Two keys, the second of which has too little against the first. */
export interface Descent {
  readonly less: string;
  readonly more: string;
  /** Whether both have the same, and the second had to have more. */
  readonly isLevel: boolean;
}

/** The pairs of keys, one after the other among those that are given, whose durations, rates or numbers fall. */
export function findDescents(object: object, keyword: AscendingKeyword): readonly Descent[] {
  const { keys, must } = "must" in keyword ? keyword : { keys: keyword, must: "not fall" };
  const amounts = keys.flatMap((key) => {
    const amount = amountOf((object as Readonly<Record<string, unknown>>)[key]);
    return amount === undefined ? [] : [{ key, amount }];
  });
  return amounts.flatMap(({ key, amount }, index) => {
    const next = amounts[index + 1];
    if (next === undefined || next.amount > amount) return [];
    const isLevel = next.amount === amount;
    return isLevel && must === "not fall" ? [] : [{ less: next.key, more: key, isLevel }];
  });
}

/** Milliseconds, times a second, or the number itself; `undefined` for what is none of these, which is reported as such. */
function amountOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (typeof value !== "string") return undefined;
  try {
    return value.includes("/") ? parseRate(value) : parseDuration(value);
  } catch (error) {
    if (isLlmspellError(error, "LLMSPELL_E_DURATION") || isLlmspellError(error, "LLMSPELL_E_RATE")) return undefined;
    throw error;
  }
}
