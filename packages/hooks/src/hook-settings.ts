import { type Duration, parseDuration } from "@llmspell/base";
import { type HookBreakerOptions, hookBreakerOptionsDefaults, hookContractDefaults } from "./generated/options.ts";
import type { HookDefinition, HookErrorPolicy, HookMode, StreamTreatment } from "./hook.ts";
import type { PlannableHook } from "./plan/plan-hooks.ts";

/** The part of a definition, or of an entry in YAML, that decides how a hook is planned. */
export type HookPlacement = Pick<
  HookDefinition,
  | "id"
  | "priority"
  | "mode"
  | "group"
  | "dependsOn"
  | "expectedDuration"
  | "minDuration"
  | "timeout"
  | "required"
  | "onError"
  | "stream"
>;

/**
 * What holds for a hook at a point, with every default filled in.
 *
 * @throws LLMSPELL_E_DURATION
 */
export function settingsOf(point: string, placement: HookPlacement): PlannableHook {
  const mode = placement.mode ?? hookContractDefaults.mode;
  return {
    id: placement.id,
    priority: placement.priority ?? hookContractDefaults.priority,
    mode,
    group: placement.group,
    required: placement.required ?? hookContractDefaults.required,
    onError: placement.onError ?? defaultErrorPolicy(point),
    expectedDuration: parseDuration(placement.expectedDuration ?? 0),
    minDuration: parseDuration(placement.minDuration ?? 0),
    timeout: placement.timeout === undefined ? undefined : parseDuration(placement.timeout),
    stream: placement.stream ?? defaultStreamTreatment(mode),
    dependsOn: placement.dependsOn ?? [],
  };
}

/** Guards stand before the work and must not be passed because they broke; what looks on afterwards may fail. */
export function defaultErrorPolicy(point: string): HookErrorPolicy {
  return point.startsWith("before_") ? "fail" : "skip";
}

/** What is awaited may stop the answer, so nothing of it is passed on before; what is not can only look on. */
export function defaultStreamTreatment(mode: HookMode): StreamTreatment {
  return mode === "background" ? "audit" : "buffer";
}

/** A breaker's options with every default filled in. */
export interface BreakerSettings extends Required<Omit<HookBreakerOptions, "slowCallDuration">> {
  /** `undefined` where nothing is known of how long the hook should take. */
  readonly slowCallDuration: Duration | undefined;
}

/** Twice the expected duration is an overrun. */
const OVERRUN = 2;

/** The options of a hook's breaker, with those defaults too that follow from the hook. */
export function breakerSettingsOf(
  options: HookBreakerOptions,
  { expectedDuration, onError }: Pick<PlannableHook, "expectedDuration" | "onError">,
): BreakerSettings {
  const overrun = expectedDuration > 0 ? OVERRUN * expectedDuration : undefined;
  const { slowCallDuration = overrun, whenOpen = onError, ...others } = options;
  return { ...hookBreakerOptionsDefaults, ...others, slowCallDuration, whenOpen };
}
