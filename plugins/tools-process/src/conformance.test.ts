import { fileURLToPath } from "node:url";
import { describeTool } from "@llmspell/testkit/conformance/tool";
import { expect } from "vitest";
import { ProcessTool } from "./process-tool.ts";

const program = fileURLToPath(new URL("../test/obedient-process.mjs", import.meta.url));
const script = fileURLToPath(new URL("../test/echo.sh", import.meta.url));
const echo = { input: { do: "echo" }, expectOutput: (output: unknown) => expect(output).toEqual({ do: "echo" }) };
const said = { description: "Says it again.", inputSchema: { type: "object" } };

describeTool("process", () => new ProcessTool({ command: process.execPath, args: [program] }), echo);
describeTool(
  "process with headers",
  () => new ProcessTool({ command: process.execPath, args: [program, "--headers"], framing: "headers" }),
  echo,
);
describeTool("process of a shell script", () => new ProcessTool({ command: "sh", args: [script], ...said }), echo);
