import type { Clock } from "@llmspell/base";
import type { HookData } from "./hook-context.ts";
import type { HookManager } from "./hook-manager.ts";
import type { HookRun } from "./hook-run.ts";

/** Two hook points and what their runs have in common. */
export interface Bracket {
  /** The point before the work: `before_llm_call`. */
  readonly before: string;
  /** The point after it: `after_llm_call`. */
  readonly after: string;
  readonly input?: unknown;
  readonly signal?: AbortSignal | undefined;
  /** What the runs belong to, see `HookContext.scope`; one for all runs of the bracket unless given. */
  readonly scope?: object | undefined;
  /** Waits between attempts. */
  readonly clock: Clock;
}

/** Which hook spoke, where, and why. */
export interface HookVerdict {
  readonly point: string;
  readonly hook: string;
  readonly reason: string;
}

/** How bracketed work came to its end. */
export type BracketedRun =
  | { readonly status: "completed"; readonly data: HookData }
  | { readonly status: "replaced"; readonly result: unknown; readonly point: string; readonly data: HookData }
  | ({ readonly status: "cancelled"; readonly data: HookData } & HookVerdict);

/**
 * Does some work between two hook points, and does all of it again as long as a hook asks for that; each hook's `retry`
 * bounds how often it may.
 *
 * @param begin gives the data of the point before the work; `refusal` says why there is another attempt
 * @param work gets the data as the hooks before it left them, and gives the data of the point after it
 * @throws as `HookManager.run`; what `work` throws; the signal's reason when it aborts while waiting
 */
export async function runBracket(
  hooks: Pick<HookManager, "run"> | undefined,
  bracket: Bracket,
  begin: (refusal: HookVerdict | undefined) => HookData,
  work: (data: HookData) => Promise<HookData>,
): Promise<BracketedRun> {
  if (hooks === undefined) return { status: "completed", data: await work(begin(undefined)) };
  const { before, after, clock, input, signal, scope = {} } = bracket;
  let refusal: HookVerdict | undefined;
  for (let attempt = 1; ; attempt++) {
    const request = { input, signal, scope, attempt };
    const first = await hooks.run(before, { ...request, data: begin(refusal) });
    const last =
      first.status === "completed" ? await hooks.run(after, { ...request, data: await work(first.data) }) : first;
    const point = last === first ? before : after;
    if (last.status !== "retried") return endOf(last, point);
    refusal = { point, hook: last.hook, reason: last.reason };
    await clock.sleep(last.delay, signal);
  }
}

function endOf(run: Exclude<HookRun, { status: "retried" }>, point: string): BracketedRun {
  const { data } = run;
  switch (run.status) {
    case "completed":
      return { status: "completed", data };
    case "replaced":
      return { status: "replaced", result: run.result, point, data };
    case "cancelled":
      return { status: "cancelled", point, hook: run.hook, reason: run.reason, data };
  }
}
