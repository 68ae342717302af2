import { OnDemandScalingPolicy } from "@llmspell/tools";
import { type OnDemandScalingOptions, onDemandScalingOptionsDefaults } from "./generated/options.ts";

/** What a pool does without a policy, with an `idleTimeout` and a `spare` of its own. */
export function onDemandScaling(options: OnDemandScalingOptions = {}): OnDemandScalingPolicy {
  return new OnDemandScalingPolicy({ ...onDemandScalingOptionsDefaults, ...options });
}
