import { sequentialStrategy } from "@llmspell/hooks";
import { describeHookStrategy } from "@llmspell/testkit/conformance/hook-strategy";
import { parallelStrategy } from "./parallel.ts";

describeHookStrategy("sequential", () => sequentialStrategy);
describeHookStrategy("parallel", () => parallelStrategy);
