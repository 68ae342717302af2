import type { Plugin } from "@llmspell/kernel";
import { AdaptiveScalingPolicy } from "./adaptive.ts";
import { GradientScalingPolicy } from "./gradient.ts";
import { LoadBasedScalingPolicy } from "./load-based.ts";
import { onDemandScaling } from "./on-demand.ts";
import { PredictiveScalingPolicy } from "./predictive.ts";

const NAME = "@llmspell/plugin-scaling-policies";

/** Provides the scaling policies `on_demand`, `adaptive`, `load_based`, `predictive` and `gradient`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const policies = kernel.kinds.for("scaling-policy");
    policies.for("on_demand").tap(NAME, (options) => onDemandScaling(options));
    policies.for("adaptive").tap(NAME, (options) => new AdaptiveScalingPolicy(options));
    policies.for("load_based").tap(NAME, (options) => new LoadBasedScalingPolicy(options));
    policies.for("predictive").tap(NAME, (options) => new PredictiveScalingPolicy(options));
    policies.for("gradient").tap(NAME, (options) => new GradientScalingPolicy(options));
  },
};

export default plugin;
