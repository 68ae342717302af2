import { cancel, type Hook } from "@llmspell/hooks";

/** A hook as a user writes it in a file of their own. */
export default function cancelSecrets(): Hook {
  return { handle: ({ input }) => (String(input).includes("secret") ? cancel("it asks for a secret") : undefined) };
}
