export { AdaptiveScalingPolicy } from "./adaptive.ts";
export { scalingErrors } from "./errors.ts";
export type {
  AdaptiveScalingOptions,
  GradientScalingOptions,
  LoadBasedScalingOptions,
  OnDemandScalingOptions,
  PredictiveScalingOptions,
} from "./generated/options.ts";
export { GradientScalingPolicy } from "./gradient.ts";
export { LoadBasedScalingPolicy } from "./load-based.ts";
export { onDemandScaling } from "./on-demand.ts";
export { default } from "./plugin.ts";
export { PredictiveScalingPolicy } from "./predictive.ts";
