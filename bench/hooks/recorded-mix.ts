import { readFileSync } from "node:fs";
import { type HookDefinition, HookManager, type HookStrategy, type PlannedHook } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";

/** A hook as it behaved in the runs that were recorded. */
export interface RecordedHook
  extends Pick<HookDefinition, "id" | "priority" | "mode" | "dependsOn" | "required" | "expectedDuration"> {
  /** By run; milliseconds. */
  readonly durations: readonly number[];
  /** The runs in which it failed. */
  readonly failed: readonly number[];
}

/** What a strategy made of the recorded runs. */
export interface MixResult {
  readonly runs: number;
  /** The share of runs that were over within the budget, in per cent. */
  readonly insideBudget: number;
  /** The priorities of the hooks that answered within the budget, added up, by run on the average. */
  readonly priority: number;
  /** The runs in which every required hook answered, in per cent. */
  readonly guarded: number;
}

const POINT = "after_work";

/**
 * The recorded runs, one after the other, in virtual time.
 *
 * @param budget milliseconds
 * @param guardPriority where the required hook stands; as recorded, before nearly all others, unless given
 */
export async function replayMix(strategy: HookStrategy, budget: number, guardPriority?: number): Promise<MixResult> {
  const hooks = readMix().map((hook) => (hook.required ? { ...hook, priority: guardPriority ?? hook.priority } : hook));
  const runs = hooks[0]?.durations.length ?? 0;
  const clock = new VirtualClock();
  const tally = { current: 0, inside: 0, guarded: 0, priority: 0 };
  await using manager = new HookManager({}, { clock, strategy });
  for (const hook of hooks)
    manager.register(
      POINT,
      definitionOf(hook, () => tally.current),
    );
  for (; tally.current < runs; tally.current++) {
    const start = clock.now();
    const { report } = await clock.runUntil(Promise.resolve(manager.run(POINT, { data: {} })));
    const isInside = clock.now() - start <= budget;
    const answered = new Set(report.filter(({ outcome }) => outcome === "continued").map(({ hook }) => hook));
    if (hooks.every(({ id, required }) => required !== true || answered.has(id))) tally.guarded++;
    if (isInside) {
      tally.inside++;
      for (const { id, priority = 0 } of hooks) if (answered.has(id)) tally.priority += priority;
    }
    await clock.runUntil(manager.drain());
  }
  const percent = (count: number) => (100 * count) / runs;
  return {
    runs,
    insideBudget: percent(tally.inside),
    priority: tally.priority / runs,
    guarded: percent(tally.guarded),
  };
}

function definitionOf({ durations, failed, ...definition }: RecordedHook, currentRun: () => number): HookDefinition {
  const failures = new Set(failed);
  return {
    ...definition,
    async handler({ clock, signal }) {
      const run = currentRun();
      await clock.sleep(durations[run] ?? 0, signal);
      if (failures.has(run)) throw new Error("The service did not answer.");
    },
  };
}

/**
 * Priority order alone inside the same budget: a step is called where it is expected to fit, and stopped when the budget is
 * over; three times what the required hooks still to come are expected to take is kept free for them.
 *
 * @param budget milliseconds
 */
export function priorityOrderWithin(budget: number): HookStrategy {
  return {
    name: "priority_order",
    callsInPlanOrder: false,
    awaitsEach: false,
    needsTime: true,
    compile({ steps }, { profileOf }) {
      const expectedOf = (hook: PlannedHook) => profileOf(hook).duration;
      const isForced = ({ required, mode }: PlannedHook) => required || mode === "background";
      return (execution) => {
        let next = 0;
        const leftFor = (position: number) => {
          const needed = steps.slice(position + 1).flatMap((step) => step.filter(({ required }) => required));
          return budget - execution.elapsed() - 3 * needed.reduce((sum, hook) => sum + expectedOf(hook), 0);
        };
        const take = (step: readonly PlannedHook[], position: number) => {
          if (step.some(isForced)) return execution.callStep(step, proceed);
          const left = leftFor(position);
          if (left > 0 && Math.max(...step.map(expectedOf)) <= left) return execution.callStep(step, proceed, left);
          for (const hook of step) execution.skip(hook);
          return true;
        };
        const proceed = () => {
          for (let step = steps[next]; step !== undefined; step = steps[next]) if (!take(step, next++)) return;
        };
        proceed();
      };
    },
  };
}

function readMix(): readonly RecordedHook[] {
  const lines = readFileSync(new URL("../recorded/hook-mix.ndjson", import.meta.url), "utf8")
    .trim()
    .split("\n");
  return lines.map((line) => JSON.parse(line) as RecordedHook);
}
