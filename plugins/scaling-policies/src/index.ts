export { AdaptiveScalingPolicy } from "./adaptive.ts";
export { scalingErrors } from "./errors.ts";
export type { AdaptiveScalingOptions, LoadBasedScalingOptions } from "./generated/options.ts";
export { LoadBasedScalingPolicy } from "./load-based.ts";
export { default } from "./plugin.ts";
