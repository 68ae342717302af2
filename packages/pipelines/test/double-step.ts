import type { Step } from "@llmspell/pipelines";

/** Named by its path in a configuration: a step that multiplies `event.data.n`. */
export default function createDouble({ factor }: { readonly factor: number }): Step {
  return {
    run({ event }) {
      const { n } = event.data as { readonly n: number };
      return n * factor;
    },
  };
}
