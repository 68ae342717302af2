import type { Plugin } from "@llmspell/kernel";
import { AdaptiveFlowController } from "./adaptive.ts";
import { GradientFlowController } from "./gradient.ts";

const NAME = "@llmspell/plugin-flow-controllers";

/** Provides the flow controllers `adaptive` and `gradient`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const controllers = kernel.kinds.for("flow-controller");
    controllers.for("adaptive").tap(NAME, (options) => new AdaptiveFlowController(options));
    controllers.for("gradient").tap(NAME, (options) => new GradientFlowController(options));
  },
};

export default plugin;
