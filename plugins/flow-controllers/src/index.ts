export { AdaptiveFlowController } from "./adaptive.ts";
export { flowErrors } from "./errors.ts";
export type { AdaptiveFlowOptions, GradientFlowOptions } from "./generated/options.ts";
export { GradientFlowController } from "./gradient.ts";
export { default } from "./plugin.ts";
