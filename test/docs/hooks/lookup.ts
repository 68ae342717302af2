import { type Hook, modify } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

interface LookupOptions {
  /** The key under `data.found` that takes what is found. */
  readonly into: string;
  /** What is known, by the word it is found by; in earnest this is a service. */
  readonly entries: Readonly<Record<string, string>>;
}

/** Finds what is known about the words of the question. */
const create: Create<Hook, LookupOptions> = ({ into, entries }) => {
  let found = 0;
  return {
    async handle({ input }) {
      const matches = Object.keys(entries).filter((word) => String(input).includes(word));
      found += matches.length;
      return matches.length === 0 ? undefined : modify({ found: { [into]: matches.map((word) => entries[word]) } });
    },
    figures: () => ({ found }),
  };
};

export default create;
