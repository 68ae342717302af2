import { systemClock } from "@llmspell/base";
import { Kernel } from "@llmspell/kernel";
import { ToolExecutionPool } from "@llmspell/tools";
import { describe, expect, it } from "vitest";

const PLUGINS = ["resilience", "tools", "plugin-load-balancers", "plugin-scaling-policies", "plugin-tools-process"];
const SAID = { description: "Says it again.", inputSchema: { type: "object" } };

async function loadKernel(tool: object): Promise<Kernel> {
  const kernel = new Kernel({ clock: systemClock });
  const plugins = PLUGINS.map((name) => `@llmspell/${name}`);
  const config = { name: "test", plugins, tools: { pools: { echo: { tool: { use: "process", ...tool } } } } };
  await kernel.load({ config, directory: import.meta.dirname });
  return kernel;
}

describe("the tool process in a configuration", () => {
  it("runs a script that is found from its directory, which is found from the configuration", async () => {
    await using kernel = await loadKernel({ command: "sh", args: ["echo.sh"], cwd: "../test", ...SAID });
    await kernel.start();
    const tools = kernel.service("tools");
    if (!(tools instanceof ToolExecutionPool)) throw new Error("The section tools offers no service.");
    expect(await tools.execute({ pool: "echo", input: { text: "hello" } })).toEqual({ text: "hello" });
    await kernel.stop();
  });

  it("names the directory that is not there", async () => {
    await using kernel = await loadKernel({ command: "sh", args: ["echo.sh"], cwd: "./nowhere", ...SAID });
    const cause = expect.objectContaining({
      code: "LLMSPELL_E_TOOL_PROCESS_START",
      message: expect.stringMatching(/spawn sh ENOENT: the directory \/.*nowhere is not there\.$/),
    });
    await expect(kernel.start()).rejects.toMatchObject({
      cause: expect.objectContaining({ code: "LLMSPELL_E_POOL_CREATION", cause }),
    });
  });

  it.each<[code: string, options: object]>([
    ["CONFIG_MISSING_KEY", {}],
    ["CONFIG_UNKNOWN_KEY", { command: "sh", cmd: "sh" }],
    ["CONFIG_UNKNOWN_KEY", { command: "sh", shell: true }],
    ["CONFIG_VALUE", { command: "sh", framing: "xml" }],
  ])("is refused with %s for %o", async (code, options) => {
    await expect(loadKernel(options)).rejects.toMatchObject({
      diagnostics: [expect.objectContaining({ code: expect.stringContaining(code) })],
    });
  });
});
