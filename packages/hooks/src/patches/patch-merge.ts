import { hookErrors } from "../errors.ts";
import type { HookData } from "../hook-context.ts";
import type { CompiledPoint } from "../plan/compiled-point.ts";
import { applyMergePatch, mergeDisjoint, withoutPath } from "./merge-patch.ts";
import { findConflictingPath, overlappingPairs } from "./patch-conflict.ts";

/**
 * What happens when two hooks that do not depend on each other set one path differently: the run fails, or the first
 * or the last of them in plan order counts.
 */
export type ConflictPolicy = "error" | "first" | "last";

/** The change that one hook asked for. */
interface Change {
  readonly hook: number;
  patch: HookData;
}

/** Merges what the hooks of one run changed, and counts the conflicts between them. */
export class PatchMerge {
  readonly #point: CompiledPoint;
  readonly #policy: ConflictPolicy;
  /** By position in the plan. */
  readonly #patches: (HookData | undefined)[] = [];
  readonly #merged = new Set<number>();
  /** The settled conflicts, each once, though the same patches may be merged for several hooks to see. */
  readonly #conflicts = new Set<string>();

  constructor(point: CompiledPoint, policy: ConflictPolicy) {
    this.#point = point;
    this.#policy = policy;
  }

  get conflicts(): number {
    return this.#conflicts.size;
  }

  /** Keeps a hook's patch; `hook` is its position in the plan. */
  add(hook: number, patch: HookData): void {
    this.#patches[hook] = patch;
  }

  /**
   * As `apply`, but each patch only once: what has been merged is part of the data, and in conflict with nothing.
   *
   * @throws LLMSPELL_E_HOOK_CONFLICT
   */
  merge(data: HookData, hooks: readonly number[]): HookData {
    const rest = hooks.filter((hook) => this.#patches[hook] !== undefined && !this.#merged.has(hook));
    const merged = this.apply(data, rest);
    for (const hook of rest) this.#merged.add(hook);
    return merged;
  }

  /** The data with the patch of one hook, which is in conflict with nothing that they hold. */
  applyOne(data: HookData, hook: number): HookData {
    const patch = this.#patches[hook];
    return patch === undefined ? data : applyMergePatch(data, patch);
  }

  /**
   * The data with the patches of these hooks, applied in plan order.
   *
   * @param hooks positions in the plan, ascending
   * @throws LLMSPELL_E_HOOK_CONFLICT
   */
  apply(data: HookData, hooks: Iterable<number>): HookData {
    const changes: Change[] = [];
    for (const hook of hooks) {
      const patch = this.#patches[hook];
      if (patch !== undefined) changes.push({ hook, patch });
    }
    if (changes.length === 0) return data;
    const merged = mergeDisjoint(data, changes);
    if (merged !== undefined) return merged;
    this.#settleConflicts(changes);
    return changes.reduce((result, change) => applyMergePatch(result, change.patch), data);
  }

  #settleConflicts(changes: readonly Change[]): void {
    for (const [earlier, later] of overlappingPairs(changes.map((change) => change.patch))) {
      const first = changes[earlier];
      const last = changes[later];
      if (first === undefined || last === undefined || this.#isOrdered(first.hook, last.hook)) continue;
      this.#settle(first, last);
    }
  }

  /** Takes each path that both set differently out of the patch that does not count. */
  #settle(first: Change, last: Change): void {
    const loser = this.#policy === "first" ? last : first;
    let path = findConflictingPath(first.patch, last.patch);
    while (path !== undefined) {
      if (this.#policy === "error") throw this.#conflict(first, last, path);
      this.#conflicts.add([first.hook, last.hook, ...path].join("."));
      loser.patch = withoutPath(loser.patch, path);
      path = findConflictingPath(first.patch, last.patch);
    }
  }

  #isOrdered(first: number, last: number): boolean {
    return this.#point.ancestorsOf(last).has(first);
  }

  #conflict(first: Change, last: Change, path: readonly string[]): Error {
    const { point, hooks } = this.#point.plan;
    const idOf = (change: Change) => hooks[change.hook]?.id ?? "";
    return hookErrors.LLMSPELL_E_HOOK_CONFLICT({
      first: idOf(first),
      second: idOf(last),
      point,
      path: `data.${path.join(".")}`,
    });
  }
}
