import type { HookData } from "../hook-context.ts";
import type { HookEntry, HookRun, SkipReason } from "../hook-run.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";

/** How a run came to its end. */
export type Ending =
  | { readonly status: "completed" }
  | { readonly status: "replaced"; readonly result: unknown; readonly hook: string }
  | { readonly status: "cancelled"; readonly reason: string; readonly hook: string }
  | { readonly status: "failed"; readonly error: unknown }
  | { readonly status: "aborted"; readonly error: unknown };

/** Stands for a hook that has been called and has not been accounted for. */
const CALLED = { outcome: "called" } as const;

type Place = HookEntry | typeof CALLED | undefined;

/** What became of each hook in one run, exactly once, and how the run ended. */
export class RunLedger {
  readonly #point: CompiledPoint;
  /** By position in the plan; a hole where a hook has not been called. */
  readonly #entries: Place[];
  #accounted = 0;
  #ending: Ending | undefined;

  constructor(point: CompiledPoint) {
    this.#point = point;
    this.#entries = new Array(point.hooks.length);
  }

  get hasEnded(): boolean {
    return this.#ending !== undefined;
  }

  get isComplete(): boolean {
    return this.#accounted === this.#entries.length;
  }

  /** Opens the account of a hook; `undefined` when that has been done, or when there is no such hook. */
  open(hook: PlannedHook): RegisteredHook | undefined {
    const registered = this.#point.hooks[hook.index];
    if (registered === undefined || this.#entries[hook.index] !== undefined) return undefined;
    this.#entries[hook.index] = CALLED;
    registered.counters.count++;
    return registered;
  }

  account(hook: PlannedHook, entry: HookEntry): void {
    this.#entries[hook.index] = entry;
    this.#accounted++;
  }

  skip(hook: PlannedHook, { counters, entries }: RegisteredHook, reason: SkipReason): void {
    counters.skipped[reason]++;
    this.account(hook, entries[reason]);
  }

  /** Whether a hook that this one depends on failed, or was left out for that reason. */
  lacksDependency(hook: PlannedHook): boolean {
    return hook.dependencies.some((index) => {
      const entry = this.#entries[index];
      return entry?.outcome === "failed" || (entry?.outcome === "skipped" && entry.reason === "dependency");
    });
  }

  /** The hooks that have not been accounted for. */
  missing(): readonly PlannedHook[] {
    return this.#point.plan.hooks.filter(({ index }) => !isAccount(this.#entries[index]));
  }

  /** Fixes how the run ended; hooks that have not answered by now are skipped. */
  end(ending: Ending): void {
    this.#ending = ending;
    if (this.isComplete) return;
    const reason = ending.status === "aborted" ? "aborted" : "run_ended";
    for (const hook of this.missing()) {
      this.open(hook);
      const registered = this.#point.hooks[hook.index];
      if (registered !== undefined) this.skip(hook, registered, reason);
    }
  }

  /** The run's result, or its error thrown. */
  conclude(data: HookData): HookRun {
    const report = this.#entries.filter(isAccount);
    const ending = this.#ending;
    switch (ending?.status) {
      case "replaced":
        return { status: "replaced", result: ending.result, hook: ending.hook, data, report };
      case "cancelled":
        return { status: "cancelled", reason: ending.reason, hook: ending.hook, data, report };
      case "failed":
      case "aborted":
        throw ending.error;
      default:
        return { status: "completed", data, report };
    }
  }
}

function isAccount(place: Place): place is HookEntry {
  return place !== undefined && place !== CALLED;
}
