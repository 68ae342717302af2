import { describeTool } from "@llmspell/testkit/conformance/tool";
import { expect } from "vitest";
import { FunctionTool } from "./function-tool.ts";
import { WorkerTool } from "./worker-tool.ts";

const module = new URL("../test/obedient-tool.ts", import.meta.url).href;
const echo = { input: { do: "echo" }, expectOutput: (output: unknown) => expect(output).toEqual({ do: "echo" }) };

describeTool("function", () => new FunctionTool({ module }), echo);
describeTool("worker", () => new WorkerTool({ module }), echo);
