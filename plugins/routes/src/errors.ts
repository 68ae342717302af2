import { defineErrors } from "@llmspell/base";

export const routeErrors = defineErrors({
  LLMSPELL_E_EVENT_ROUTE_PATTERN: {
    message: ({ pattern, glob }: { pattern: string | undefined; glob: string | undefined }) =>
      `A pattern route takes either a pattern or a glob; this one has ${pattern === glob ? "neither" : "both"}.`,
    hint: "Write `pattern:` with a regular expression, or `glob:`.",
  },
});
