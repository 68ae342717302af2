import { describeQueue } from "@llmspell/testkit/conformance/queue";
import { MemoryQueue } from "./memory-queue.ts";

describeQueue("memory", () => new MemoryQueue());
