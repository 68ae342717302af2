import type { ToolContext, ToolInstance } from "@llmspell/tools";
import { ModuleTool } from "./module-tool.ts";
import { type ImportedTool, importTool } from "./tool-module.ts";

/**
 * Calls a module's function in this thread. Its instances share the module; each calls `load` once.
 *
 * A function that does not heed its signal cannot be stopped: its instance stays taken until it ends. Where that matters,
 * `worker` is the right kind.
 */
export class FunctionTool extends ModuleTool {
  /** @throws LLMSPELL_E_TOOL_MODULE when the module cannot be imported or does not export a tool */
  async prepare(): Promise<void> {
    this.learn(await this.#import());
  }

  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    const tool = await this.#import();
    await tool.load();
    signal.throwIfAborted();
    return {
      warmUps: warmUpsOf(tool),
      execute: async (input, { signal, onProgress }) =>
        await tool.execute(input, { signal, transfer: nothing, report: onProgress ?? nothing }),
      [Symbol.asyncDispose]: async () => undefined,
    };
  }

  async #import(): Promise<ImportedTool> {
    try {
      return await importTool(this.module, this.exportName);
    } catch (error) {
      throw this.moduleError(error);
    }
  }
}

function nothing(): void {}

function warmUpsOf({ warmUps }: ImportedTool): NonNullable<ToolInstance["warmUps"]> {
  return Object.fromEntries(
    Object.entries(warmUps).map(([name, warmUp]) => [
      name,
      async ({ signal }) => {
        signal.throwIfAborted();
        await warmUp({ signal });
      },
    ]),
  );
}
