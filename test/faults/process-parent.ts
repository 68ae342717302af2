// A run with a process tool that does not stop it: it exits (`exit`), or waits to be killed (`wait`). Prints the processes' ids.
import { fileURLToPath } from "node:url";
import { ProcessTool } from "@llmspell/plugin-tools-process";
import { ToolExecutionPool } from "@llmspell/tools";

const program = fileURLToPath(new URL("../../plugins/tools-process/test/obedient-process.mjs", import.meta.url));
const [how = "exit", ...args] = process.argv.slice(2);
const tool = new ProcessTool({ command: process.execPath, args: [program, ...args] });
const tools = new ToolExecutionPool({ pools: { obey: { tool, size: { min: 2, max: 2 } } } });
await tools.start();
const order = (what: string) => tools.execute({ pool: "obey", input: { do: what } });
console.log(JSON.stringify(await Promise.all([order("pid"), order("pid")])));
if (how === "exit") process.exit(0);
