import { parseDuration } from "@llmspell/base";
import { hookErrors } from "./errors.ts";
import { readCondition } from "./execution/hook-answer.ts";
import { hookContractDefaults } from "./generated/options.ts";
import type { HookDefinition, HookErrorPolicy } from "./hook.ts";
import type { HookContext } from "./hook-context.ts";
import type { HookEntry, SkipReason } from "./hook-run.ts";
import type { PlannableHook } from "./plan/plan-hooks.ts";
import { HookCounters } from "./statistics/hook-statistics.ts";

/** The entries of a hook that are the same in every run, made once. */
type FixedEntries = Readonly<Record<Exclude<HookEntry["outcome"], "failed" | "skipped"> | SkipReason, HookEntry>>;

/** A hook at its point, from its registration to its disposal. */
export interface RegisteredHook {
  readonly settings: PlannableHook;
  readonly handler: (context: HookContext) => unknown;
  /** Throws LLMSPELL_E_HOOK_CONDITION, or what the condition throws. */
  readonly condition: ((context: HookContext) => boolean) | undefined;
  readonly figures: () => Readonly<Record<string, number>>;
  readonly counters: HookCounters;
  readonly entries: FixedEntries;
}

/**
 * A definition with every default filled in.
 *
 * @throws LLMSPELL_E_HOOK_DEFINITION, LLMSPELL_E_DURATION
 */
export function prepareHook(point: string, definition: HookDefinition): RegisteredHook {
  const { id, handler, condition, figures = () => ({}) } = definition;
  const problem = findProblem(definition);
  if (problem !== undefined) throw hookErrors.LLMSPELL_E_HOOK_DEFINITION({ hook: id, point, problem });
  return {
    settings: {
      id,
      priority: definition.priority ?? hookContractDefaults.priority,
      mode: definition.mode ?? hookContractDefaults.mode,
      group: definition.group,
      required: definition.required ?? hookContractDefaults.required,
      onError: definition.onError ?? defaultErrorPolicy(point),
      expectedDuration: parseDuration(definition.expectedDuration ?? 0),
      timeout: definition.timeout === undefined ? undefined : parseDuration(definition.timeout),
      dependsOn: definition.dependsOn ?? [],
    },
    handler,
    condition: condition === undefined ? undefined : (context) => readCondition(condition(context), id, point),
    figures,
    counters: new HookCounters(),
    entries: fixedEntries(id),
  };
}

/** Guards stand before the work and must not be passed because they broke; what looks on afterwards may fail. */
function defaultErrorPolicy(point: string): HookErrorPolicy {
  return point.startsWith("before_") ? "fail" : "skip";
}

function findProblem({ id, mode, condition, group, priority = 0 }: HookDefinition): string | undefined {
  if (id === "") return "its id is empty";
  if (!Number.isFinite(priority)) return `its priority must be a finite number, but it is ${priority}`;
  if (mode === "conditional" && condition === undefined) return "its mode is conditional, but it has no condition";
  if (group !== undefined && mode !== "parallel") return "it has a group, but its mode is not parallel";
  return undefined;
}

function fixedEntries(hook: string): FixedEntries {
  const skipped = (reason: SkipReason): HookEntry => ({ hook, outcome: "skipped", reason });
  return {
    continued: { hook, outcome: "continued" },
    modified: { hook, outcome: "modified" },
    replaced: { hook, outcome: "replaced" },
    cancelled: { hook, outcome: "cancelled" },
    started: { hook, outcome: "started" },
    condition: skipped("condition"),
    dependency: skipped("dependency"),
    run_ended: skipped("run_ended"),
    aborted: skipped("aborted"),
  };
}
