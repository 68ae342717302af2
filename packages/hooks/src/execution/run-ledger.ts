import type { HookEntry, SkipReason } from "../hook-run.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RegisteredHook } from "../registered-hook.ts";

/** Stands for a hook that has been called, and has not answered. */
const AWAITED: { readonly outcome: "awaited" } = { outcome: "awaited" };

type Place = HookEntry | typeof AWAITED | undefined;

/** What became of each hook in one run, exactly once. */
export class RunLedger {
  readonly #hooks: readonly RegisteredHook[];
  /** By position in the plan; a hole where a hook has not been called, or is being called. */
  readonly #entries: Place[];
  #accounted = 0;
  /** Whether some hook failed, or was left out so that those that depend on it cannot run. */
  hasGaps = false;

  /** @param hooks in plan order */
  constructor(hooks: readonly RegisteredHook[]) {
    this.#hooks = hooks;
    this.#entries = new Array(hooks.length);
  }

  get isComplete(): boolean {
    return this.#accounted === this.#entries.length;
  }

  /** Whether a hook is awaited, or accounted for. */
  isOpen(index: number): boolean {
    return this.#entries[index] !== undefined;
  }

  /** The hook will answer later. */
  await(index: number): void {
    this.#entries[index] = AWAITED;
  }

  /** The hook answered with nothing. */
  continued(index: number, { counters, entries }: RegisteredHook, entry: HookEntry = entries.continued): void {
    counters.continued++;
    this.#entries[index] = entry;
    this.#accounted++;
  }

  account(index: number, entry: HookEntry): void {
    this.#entries[index] = entry;
    this.#accounted++;
    if (entry.outcome === "failed") this.hasGaps = true;
  }

  skip(index: number, { counters, entries }: RegisteredHook, reason: SkipReason): void {
    counters.skipped[reason]++;
    this.account(index, entries[reason]);
    if (reason !== "condition") this.hasGaps = true;
  }

  /** Whether a hook that this one depends on failed, or was left out for another reason than its condition. */
  lacksDependency(hook: PlannedHook): boolean {
    return hook.dependencies.some((index) => isGap(this.#entries[index]));
  }

  /** Positions of the hooks that have not been accounted for. */
  missing(): readonly number[] {
    if (this.isComplete) return [];
    return [...this.#hooks.keys()].filter((index) => !isAccount(this.#entries[index]));
  }

  isAwaited(index: number): boolean {
    return this.#entries[index] === AWAITED;
  }

  /** What became of a hook; `undefined` before that is known. */
  entryOf(index: number): HookEntry | undefined {
    const place = this.#entries[index];
    return isAccount(place) ? place : undefined;
  }

  /** What became of the hooks, in plan order. */
  report(): readonly HookEntry[] {
    return this.#entries.filter(isAccount);
  }
}

function isAccount(place: Place): place is HookEntry {
  return place !== undefined && place !== AWAITED;
}

function isGap(place: Place): boolean {
  return place?.outcome === "failed" || (place?.outcome === "skipped" && place.reason !== "condition");
}
