import type { Log } from "@llmspell/kernel";

function discard(): void {}

/** Keeps nothing. The kernel's own would load the whole kernel for a user of this library alone. */
export const silentLog: Log = { debug: discard, info: discard, warn: discard, error: discard };
