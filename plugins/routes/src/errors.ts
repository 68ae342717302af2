import { defineErrors } from "@llmspell/base";

/** Every error of this package. */
export const routeErrors = defineErrors({
  LLMSPELL_E_EVENT_ROUTE_PATTERN: {
    message: ({ pattern, glob }: { pattern: string | undefined; glob: string | undefined }) =>
      `A pattern route takes either a pattern or a glob; this one has ${pattern === glob ? "neither" : "both"}.`,
    hint: "Write `pattern:` with a regular expression, or `glob:`.",
  },
  LLMSPELL_E_EVENT_ROUTE_GLOB: {
    message: ({ glob, brace }: { glob: string; brace: string }) =>
      `The glob ${glob} has a \`${brace}\` without a partner.`,
    hint: "Write alternatives as `{a,b}`. A type with a brace in it takes `pattern:`.",
  },
});
