import { compileCondition, compileExpression, type Scope } from "@llmspell/expressions";
import type { Use } from "@llmspell/kernel";
import type { HookContract, HooksOptions } from "./generated/options.ts";
import type { Hook, HookCacheUse, HookDefinition } from "./hook.ts";
import type { HookCache } from "./hook-cache.ts";
import type { HookContext } from "./hook-context.ts";
import type { HookManager } from "./hook-manager.ts";

/** An entry at a hook point: which hook, its place among the others, and its own options. */
export type HookEntryOptions = HookContract & { readonly use: string } & Readonly<Record<string, unknown>>;

/** The section `hooks`; its entries are objects, because the contract of hooks requires an `id`. */
export interface HooksSection extends Omit<HooksOptions, "points"> {
  readonly points?: Readonly<Record<string, readonly HookEntryOptions[]>>;
}

declare module "@llmspell/kernel" {
  interface Sections {
    hooks: HooksSection;
  }
  interface Services {
    hooks: HookManager;
  }
}

/**
 * A configured hook as it is registered.
 *
 * @throws LLMSPELL_E_EXPRESSION when its condition does not compile
 */
export function definitionOf(entry: HookEntryOptions, { hook, cache }: CreatedHook): HookDefinition {
  const { id, priority, mode, group, dependsOn, required, onError, stream, breaker, retry } = entry;
  const { expectedDuration, minDuration, timeout } = entry;
  return {
    ...{ id, priority, mode, group, dependsOn, required, onError, stream, breaker, retry },
    ...{ expectedDuration, minDuration, timeout },
    condition: entry.condition === undefined ? undefined : conditionOf(entry.condition),
    cache: cache === undefined ? undefined : { policy: cache, key: cacheKeyOf(entry.cache) },
    handler: (context) => hook.handle(context),
    figures: () => hook.figures?.() ?? {},
  };
}

/** What a configured hook is made of. */
export interface CreatedHook {
  readonly hook: Hook;
  readonly cache: HookCache | undefined;
}

function cacheKeyOf(use: Use | undefined): HookCacheUse["key"] {
  // The schema of the kind has checked what stands here.
  const { key } = (typeof use === "object" ? use : {}) as { readonly key?: string | readonly string[] };
  if (typeof key !== "string") return key;
  const expression = compileExpression(key, ["context"]);
  return (context) => expression.evaluate(scopeOf(context));
}

/** CEL knows plain data, so it sees the context without its signal, clock and scope. */
function conditionOf(source: string): (context: HookContext) => boolean {
  const holds = compileCondition(source, ["context"]);
  return (context) => holds(scopeOf(context));
}

function scopeOf({ point, input, data, attempt }: HookContext): Scope {
  return { context: { point, input, data, attempt } };
}
