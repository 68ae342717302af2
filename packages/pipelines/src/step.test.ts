import { describeStep } from "@llmspell/testkit/conformance/step";
import type { StepScope } from "./step.ts";

const scope: StepScope = {
  event: { id: "1", type: "work", source: "test", time: 0, data: { n: 1 }, sequence: 1 },
  steps: {},
  cancellation: null,
};

describeStep("that is a function", () => ({ step: { run: ({ event }) => event.data }, scope }));

describeStep("that holds and waits for something", () => {
  let isOpen = false;
  const step = {
    async open() {
      isOpen = true;
    },
    async run(_: StepScope, { signal }: { readonly signal: AbortSignal }) {
      if (!isOpen) throw new Error("It has not been opened.");
      await Promise.resolve();
      signal.throwIfAborted();
    },
    async [Symbol.asyncDispose]() {
      isOpen = false;
    },
  };
  return { step, scope };
});
