import { sequentialStrategy } from "@llmspell/hooks";
import { describeHookStrategy } from "@llmspell/testkit/conformance/hook-strategy";
import { AdaptiveStrategy } from "./adaptive.ts";
import { parallelStrategy } from "./parallel.ts";

describeHookStrategy("sequential", () => sequentialStrategy);
describeHookStrategy("parallel", () => parallelStrategy);
describeHookStrategy("adaptive", () => new AdaptiveStrategy());
