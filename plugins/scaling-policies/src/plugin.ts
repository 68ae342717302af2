import type { Plugin } from "@llmspell/kernel";
import { AdaptiveScalingPolicy } from "./adaptive.ts";
import { LoadBasedScalingPolicy } from "./load-based.ts";

const NAME = "@llmspell/plugin-scaling-policies";

/** Provides the scaling policies `adaptive` and `load_based`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const policies = kernel.kinds.for("scaling-policy");
    policies.for("adaptive").tap(NAME, (options) => new AdaptiveScalingPolicy(options));
    policies.for("load_based").tap(NAME, (options) => new LoadBasedScalingPolicy(options));
  },
};

export default plugin;
