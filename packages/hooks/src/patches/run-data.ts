import type { HookData } from "../hook-context.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import { freezeDeeply } from "./freeze.ts";
import { applyMergePatch } from "./merge-patch.ts";
import { PatchMerge } from "./patch-merge.ts";

/** The data of one run, and what its hooks have changed of it. */
export class RunData {
  /** With every change merged so far. */
  current: HookData;
  readonly #point: CompiledPoint;
  /** What the run began with. */
  readonly initial: HookData;
  #patches: PatchMerge | undefined;
  /** What each hook saw by `afterDependenciesOf`, by its position in the plan. */
  #seen: HookData[] | undefined;

  constructor(point: CompiledPoint, initial: HookData) {
    this.#point = point;
    this.initial = initial;
    this.current = initial;
  }

  /** Whether there are changes that are kept, merged or not. */
  get hasKept(): boolean {
    return this.#patches !== undefined;
  }

  /** How many conflicts have been settled. */
  get conflicts(): number {
    return this.#patches?.conflicts ?? 0;
  }

  /** Changes the data at once, for all hooks that come. */
  change(patch: HookData): void {
    this.current = this.#frozen(applyMergePatch(this.current, patch));
  }

  /** Keeps a change until it is merged. */
  keep(hook: PlannedHook, patch: HookData): void {
    this.#patches ??= new PatchMerge(this.#point, this.#point.environment.onConflict);
    this.#patches.add(hook.index, patch);
  }

  /**
   * Merges what has been kept of these hooks, and has not been merged.
   *
   * @throws LLMSPELL_E_HOOK_CONFLICT
   */
  merge(hooks: readonly PlannedHook[]): void {
    if (this.#patches === undefined) return;
    const indexes = hooks.map((hook) => hook.index);
    this.current = this.#frozen(this.#patches.merge(this.current, indexes));
  }

  /**
   * See `HookExecution.dataAfterDependencies`.
   *
   * @throws LLMSPELL_E_HOOK_CONFLICT
   */
  afterDependenciesOf(hook: PlannedHook): HookData {
    if (this.#patches === undefined || hook.dependencies.length === 0) return this.initial;
    const seen = this.#frozen(this.#mergedFor(hook, this.#patches));
    this.#seen ??= [];
    this.#seen[hook.index] = seen;
    return seen;
  }

  #mergedFor({ index, dependencies }: PlannedHook, patches: PatchMerge): HookData {
    const [last = index, ...others] = dependencies;
    const before = others.length === 0 ? this.#seen?.[last] : undefined;
    // Along a chain each sees what the one before saw, and its change: to merge all of it again for each takes cubic time.
    return before === undefined
      ? patches.apply(this.initial, this.#point.ancestorsOf(index))
      : patches.applyOne(before, last);
  }

  /** What is in a patch is frozen with what it is merged into, and nobody sees it before. */
  #frozen(data: HookData): HookData {
    return this.#point.environment.isFreezing ? freezeDeeply(data) : data;
  }
}
