import { type Clock, systemClock } from "@llmspell/base";
import type { ExecuteOptions, ToolExecutionPool, ToolRequest } from "@llmspell/tools";
import { type HookPoints, passHooks } from "./hook-passage.ts";

/** What makes tool calls: the pools, and the hooks around them where there are any. */
export interface ToolCaller {
  readonly tools: Pick<ToolExecutionPool, "execute">;
  readonly hooks?: HookPoints | undefined;
  /** `systemClock` unless given. */
  readonly clock?: Clock | undefined;
}

/** How a tool is called: what the pool is told, and what hooks see as `HookContext.scope`. */
export interface ToolCallOptions extends ExecuteOptions {
  readonly scope?: object | undefined;
}

/**
 * Calls a pooled tool between the hook points `before_tool_call` (data: `pool`, `input`) and `after_tool_call` (data:
 * `pool`, `input`, `output`). Every tool call goes through here, whether a model or a pipeline asked for it.
 *
 * The tool gets the `input` that the hooks left, the caller the `output` that they left. A hook that replaces gives the
 * output itself: before the call, then neither the tool nor the second point runs. One that asks for a retry has the tool
 * called again.
 *
 * @throws CancelledError (LLMSPELL_E_AGENT_CANCELLED) when a hook cancels; as `HookManager.run`; as
 * `ToolExecutionPool.execute`
 */
export async function callTool(
  request: ToolRequest,
  { tools, hooks, clock = systemClock }: ToolCaller,
  { scope, ...options }: ToolCallOptions = {},
): Promise<unknown> {
  if (hooks === undefined) return await tools.execute(request, options);
  const { pool, input } = request;
  const bracket = { before: "before_tool_call", after: "after_tool_call", input, signal: options.signal, scope, clock };
  const passage = await passHooks(
    hooks,
    bracket,
    () => ({ pool, input }),
    async ({ input: left }) => ({ pool, input: left, output: await tools.execute({ pool, input: left }, options) }),
  );
  return passage.status === "replaced" ? passage.result : passage.data["output"];
}
