import type { CompiledPlan, HookRuntime, HookStrategy } from "../hook-strategy.ts";
import type { RegisteredHook } from "../registered-hook.ts";
import type { ExecutionPlan } from "./execution-plan.ts";
import { planHooks } from "./plan-hooks.ts";

/** What all runs of a hook point share until one of its hooks is added or removed. */
export class CompiledPoint {
  readonly plan: ExecutionPlan;
  readonly strategy: string;
  readonly run: CompiledPlan;
  /** The registered hooks in plan order. */
  readonly hooks: readonly RegisteredHook[];
  readonly #ancestors = new Map<number, readonly number[]>();

  /**
   * @param hooks in the order of their registration
   * @throws LLMSPELL_E_HOOK_DEPENDENCY, LLMSPELL_E_HOOK_CYCLE
   */
  constructor(point: string, hooks: ReadonlyMap<string, RegisteredHook>, strategy: HookStrategy, runtime: HookRuntime) {
    const registered = [...hooks.values()];
    this.plan = planHooks(
      point,
      registered.map((hook) => hook.settings),
    );
    this.hooks = this.plan.hooks.flatMap(({ id }) => hooks.get(id) ?? []);
    this.strategy = strategy.name;
    this.run = strategy.compile(this.plan, runtime);
  }

  /** The positions of all hooks that the one at `index` depends on, directly or not, in plan order. */
  ancestorsOf(index: number): readonly number[] {
    const known = this.#ancestors.get(index);
    if (known !== undefined) return known;
    const dependencies = this.plan.hooks[index]?.dependencies ?? [];
    const all = new Set(dependencies.flatMap((dependency) => [...this.ancestorsOf(dependency), dependency]));
    const ancestors = [...all].sort((a, b) => a - b);
    this.#ancestors.set(index, ancestors);
    return ancestors;
  }
}
