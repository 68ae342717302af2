import { relative } from "node:path";
import { fileURLToPath } from "node:url";
import { type Catalog, ownOptions } from "@llmspell/config";
import {
  breakerSettingsOf,
  type ExecutionPlan,
  type HookPlacement,
  hookRetryOptionsDefaults,
  hooksOptionsDefaults,
  type PlannedHook,
  planHooks,
  settingsOf,
} from "@llmspell/hooks/plan";
import type { CheckedConfig } from "@llmspell/kernel";

/** What is chosen by `use`, with the options that it gets; a name where it gets none. */
export type ShownUse = string | ({ readonly use: string } & Readonly<Record<string, unknown>>);

/** Options with every default filled in. */
export type ShownOptions = Readonly<Record<string, unknown>>;

/** A configured hook as it takes effect. Durations are written as in YAML; `null` stands for none. */
export interface ConfiguredHook {
  readonly id: string;
  /** A module of the user's own by its path from the working directory. */
  readonly use: string;
  readonly mode: string;
  readonly group: string | null;
  readonly priority: number;
  /** The longest way, in dependencies, from a hook that depends on none. */
  readonly level: number;
  readonly dependsOn: readonly string[];
  readonly condition: string | null;
  readonly required: boolean;
  readonly onError: string;
  readonly expectedDuration: string | null;
  readonly minDuration: string | null;
  readonly timeout: string | null;
  readonly cache: ShownUse | null;
  readonly breaker: ShownOptions | null;
  readonly retry: ShownOptions | null;
  readonly stream: string | null;
}

/** A configured hook point as it takes effect. */
export interface ConfiguredPoint {
  readonly point: string;
  readonly strategy: ShownUse;
  readonly deadline: string | null;
  readonly onConflict: string;
  readonly plan: ExecutionPlan;
  /** In plan order. */
  readonly hooks: readonly ConfiguredHook[];
}

/** An entry of the checked YAML; the schema has checked these shapes. */
interface HookEntry extends HookPlacement {
  readonly use: string;
  readonly condition?: string;
  readonly cache?: ShownUse;
  readonly breaker?: ShownOptions;
  readonly retry?: ShownOptions;
}

interface PointOptions {
  readonly strategy?: ShownUse;
  readonly deadline?: string;
  readonly onConflict?: string;
}

interface HooksSection extends PointOptions {
  readonly pointOptions?: Readonly<Record<string, PointOptions>>;
  readonly points?: Readonly<Record<string, readonly HookEntry[]>>;
}

/**
 * The hook points of a valid configuration with what takes effect at each, worked out without any plugin's code. What came
 * from the environment is planned by its value and shown by its name.
 *
 * @param directory where paths are shown from
 * @throws LLMSPELL_E_HOOK_CYCLE, LLMSPELL_E_HOOK_DEPENDENCY, which validation leaves no room for
 */
export function configuredPoints(config: CheckedConfig, directory: string): readonly ConfiguredPoint[] {
  const section = (config.value["hooks"] ?? {}) as HooksSection;
  const shown = (config.redacted["hooks"] ?? {}) as HooksSection;
  return Object.entries(section.points ?? {}).map(([point, entries]) => {
    const plan = planHooks(
      point,
      entries.map((entry) => settingsOf(point, entry)),
    );
    const shownOf = ({ id }: PlannedHook) => shown.points?.[point]?.[entries.findIndex((entry) => entry.id === id)];
    const own = shown.pointOptions?.[point] ?? {};
    return {
      point,
      strategy: useOf(
        config.catalog,
        "hook-strategy",
        own.strategy ?? shown.strategy ?? hooksOptionsDefaults.strategy,
        directory,
      ),
      deadline: own.deadline ?? null,
      onConflict: own.onConflict ?? shown.onConflict ?? hooksOptionsDefaults.onConflict,
      plan,
      hooks: plan.hooks.flatMap((hook) => {
        const entry = shownOf(hook);
        return entry === undefined ? [] : [configuredHook(hook, entry, config.catalog, { point, directory })];
      }),
    };
  });
}

function configuredHook(
  hook: PlannedHook,
  entry: HookEntry,
  catalog: Catalog,
  { point, directory }: { readonly point: string; readonly directory: string },
): ConfiguredHook {
  const { id, use, group = null, condition = null, dependsOn = [], minDuration, timeout, cache, breaker } = entry;
  const isAwaited = hook.mode !== "background";
  return {
    ...{ id, use: shownPath(use, directory), mode: entry.mode ?? hook.mode, group },
    ...{ priority: entry.priority ?? hook.priority, level: hook.level, dependsOn, condition },
    ...{ required: entry.required ?? hook.required, onError: entry.onError ?? hook.onError },
    expectedDuration: durationOf(entry.expectedDuration),
    minDuration: durationOf(minDuration),
    timeout: durationOf(timeout),
    cache: cache === undefined ? null : useOf(catalog, "hook-cache", cache, directory),
    breaker: breaker === undefined ? null : shownBreaker(breaker, hook),
    retry: isAwaited ? { ...hookRetryOptionsDefaults, ...entry.retry } : null,
    stream: point === "after_llm_call" ? (entry.stream ?? hook.stream) : null,
  };
}

function shownBreaker(breaker: ShownOptions, hook: PlannedHook): ShownOptions {
  const { slowCallDuration, ...settings } = breakerSettingsOf(breaker, hook);
  return { ...settings, slowCallDuration: durationOf(slowCallDuration) };
}

/** A choice with what stands beside `use`, its kind's own keys too. */
function useOf(catalog: Catalog, kind: string, chosen: ShownUse, directory: string): ShownUse {
  const { use, ...given } = typeof chosen === "string" ? { use: chosen } : chosen;
  const options = { ...given, ...ownOptions(catalog, kind, chosen) };
  const shown = shownPath(use, directory);
  return Object.keys(options).length === 0 ? shown : { use: shown, ...options };
}

function shownPath(use: string, directory: string): string {
  if (!use.startsWith("file:")) return use;
  const path = relative(directory, fileURLToPath(use));
  return path.startsWith(".") ? path : `./${path}`;
}

function durationOf(duration: string | number | undefined): string | null {
  if (duration === undefined) return null;
  return typeof duration === "number" ? inMilliseconds(duration) : duration;
}

/** A length of time as YAML has it, to a thousandth of a millisecond: `62ms`. */
export function inMilliseconds(duration: number): string {
  return `${Number(duration.toFixed(3))}ms`;
}
