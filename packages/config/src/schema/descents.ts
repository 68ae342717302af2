import { isLlmspellError, parseDuration } from "@llmspell/base";

/** The pairs of keys, one after the other among those that are given, whose durations fall. */
export function findDescents(
  object: object,
  keys: readonly string[],
): readonly { readonly less: string; readonly more: string }[] {
  const durations = keys.flatMap((key) => {
    const duration = durationOf((object as Readonly<Record<string, unknown>>)[key]);
    return duration === undefined ? [] : [{ key, duration }];
  });
  return durations.flatMap(({ key, duration }, index) => {
    const next = durations[index + 1];
    return next !== undefined && next.duration < duration ? [{ less: next.key, more: key }] : [];
  });
}

/** Milliseconds; `undefined` for what is no duration, which is reported as such. */
function durationOf(value: unknown): number | undefined {
  if (typeof value !== "string") return undefined;
  try {
    return parseDuration(value);
  } catch (error) {
    if (isLlmspellError(error, "LLMSPELL_E_DURATION")) return undefined;
    throw error;
  }
}
