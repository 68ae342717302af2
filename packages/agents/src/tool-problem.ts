import { messageOf } from "@llmspell/base";
import type { ToolExecutionPool } from "@llmspell/tools";

/** What went wrong in a tool, as against in a hook beside it: a matter for the model, which may go on without. */
export class ToolProblem extends Error {}

/** The same pools, throwing what they throw as the cause of a `ToolProblem`. */
export function withToolProblems(tools: Pick<ToolExecutionPool, "execute">): Pick<ToolExecutionPool, "execute"> {
  return {
    execute: async (request, options) => {
      try {
        return await tools.execute(request, options);
      } catch (error) {
        throw new ToolProblem(messageOf(error), { cause: error });
      }
    },
  };
}
