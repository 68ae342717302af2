import type { ExecuteOptions, ToolExecutionPool, ToolRequest } from "@llmspell/tools";
import { type HookPoints, passHooks } from "./hook-passage.ts";

/** What makes tool calls: the pools, and the hooks around them where there are any. */
export interface ToolCaller {
  readonly tools: Pick<ToolExecutionPool, "execute">;
  readonly hooks?: HookPoints | undefined;
}

/**
 * Calls a pooled tool between the hook points `before_tool_call` (data: `pool`, `input`) and `after_tool_call` (data:
 * `pool`, `input`, `output`). Every tool call goes through here, whether a model or a pipeline asked for it.
 *
 * The tool gets the `input` that the hooks left, the caller the `output` that they left. A hook that replaces gives the
 * output itself: before the call, then neither the tool nor the second point runs.
 *
 * @throws CancelledError (LLMSPELL_E_AGENT_CANCELLED) when a hook cancels; as `HookManager.run`; as
 * `ToolExecutionPool.execute`
 */
export async function callTool(
  request: ToolRequest,
  { tools, hooks }: ToolCaller,
  options: ExecuteOptions = {},
): Promise<unknown> {
  if (hooks === undefined) return await tools.execute(request, options);
  const { pool } = request;
  const { signal } = options;
  const before = await passHooks(hooks, "before_tool_call", {
    input: request.input,
    data: { pool, input: request.input },
    signal,
  });
  if (before.isReplaced) return before.result;
  const { input } = before.data;
  const output = await tools.execute({ pool, input }, options);
  const after = await passHooks(hooks, "after_tool_call", { input, data: { pool, input, output }, signal });
  return after.isReplaced ? after.result : after.data["output"];
}
