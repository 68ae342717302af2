export { mcpErrors } from "./errors.ts";
export type { McpToolOptions } from "./generated/options.ts";
export { McpTool, type McpToolDependencies } from "./mcp-tool.ts";
export { default } from "./plugin.ts";
