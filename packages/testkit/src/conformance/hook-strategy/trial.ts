import {
  type HookDefinition,
  HookManager,
  type HookManagerOptions,
  type HookRun,
  type HookStatistics,
  type HookStrategy,
} from "@llmspell/hooks";
import { expect } from "vitest";
import { VirtualClock } from "../../virtual-clock.ts";

/** A point where hooks pass over each other's failures unless they say otherwise. */
export const POINT = "after_work";

/** What became of a run: its result, or what it threw. */
export type TrialEnd = { readonly run: HookRun } | { readonly error: unknown };

/** A manager with a strategy, in virtual time. */
export interface Trial {
  readonly manager: HookManager;
  readonly clock: VirtualClock;
  /** What hooks did, in order: `start a`, `finish a`. */
  readonly trace: string[];
  readonly warnings: readonly string[];
  /** Registers a hook that notes when it starts; it does nothing more unless it has a handler. */
  add(id: string, definition?: Partial<HookDefinition>): Disposable;
  /** Runs the point, and lets time pass until it has ended. */
  run(request?: Parameters<HookManager["run"]>[1]): Promise<TrialEnd>;
  /** Lets all that still goes on come to an end. */
  settle(): Promise<void>;
  statsOf(id: string): HookStatistics | undefined;
  /** What became of each hook, by its figures after one run: `modified`, `skipped: budget`. */
  outcomes(): Readonly<Record<string, string>>;
  started(): readonly string[];
}

/**
 * @param isMeasured whether the run goes the way of those that are measured hook by hook, as the first of a point is, or the way of
 * most runs, which is another one
 */
export function setUp(strategy: HookStrategy, isMeasured: boolean, options: HookManagerOptions = {}): Trial {
  const clock = new VirtualClock();
  const warnings: string[] = [];
  const trace: string[] = [];
  const ignore = () => undefined;
  const log = { debug: ignore, info: ignore, error: ignore, warn: (message: string) => void warnings.push(message) };
  const manager = new HookManager(options, { clock, log, strategy });
  if (!isMeasured) spendMeasuredRun(manager);
  const stats = () => manager.stats()[0]?.hooks ?? [];
  return {
    ...{ manager, clock, trace, warnings },
    add: (id, { handler = () => undefined, ...definition } = {}) =>
      manager.register(POINT, {
        id,
        ...definition,
        handler: (context) => {
          trace.push(`start ${id}`);
          return handler(context);
        },
      }),
    async run(request = { data: {} }) {
      try {
        return { run: await clock.runUntil(Promise.resolve(manager.run(POINT, request))) };
      } catch (error) {
        return { error };
      }
    },
    async settle() {
      await clock.advance(100_000);
    },
    statsOf: (id) => stats().find((hook) => hook.id === id),
    outcomes: () => Object.fromEntries(stats().map((hook) => [hook.id, outcomeOf(hook)])),
    started: () => trace.filter((step) => step.startsWith("start ")).map((step) => step.slice("start ".length)),
  };
}

/** The first run of a point is measured, then one in 64. */
function spendMeasuredRun(manager: HookManager): void {
  using _hook = manager.register(POINT, { id: "spent", handler: () => undefined });
  void manager.run(POINT, { data: {} });
}

/** What became of a hook that has been in one run; fails unless that is one thing. */
function outcomeOf(stats: HookStatistics): string {
  const { continued, modified, replaced, cancelled, retried, failed, pending } = stats;
  const skipped = Object.entries(stats.skipped).map(([reason, count]) => [`skipped: ${reason}`, count] as const);
  const counts = [
    ...Object.entries({ continued, modified, replaced, cancelled, retried, failed, pending }),
    ...skipped,
  ];
  const found = counts.filter(([, count]) => count > 0);
  expect(found, `${stats.id} is accounted for exactly once`).toEqual([[expect.any(String), 1]]);
  expect(stats.count).toBe(1);
  return found[0]?.[0] ?? "";
}

/** What became of each hook by the report of a run. */
export function reported({ report }: HookRun): Readonly<Record<string, string>> {
  return Object.fromEntries(
    report.map((entry) => [entry.hook, entry.outcome === "skipped" ? `skipped: ${entry.reason}` : entry.outcome]),
  );
}
