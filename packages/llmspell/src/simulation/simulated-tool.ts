import type { Tool } from "@llmspell/tools";

/**
 * Stands where a pool must name its tool, in the configuration that a simulation is checked against; it is never called, because
 * a simulation's calls take their time from its trace.
 */
export default function createSimulatedTool(): Tool {
  return {
    description: "Stands for the tool of a simulated pool.",
    inputSchema: {},
    createInstance: () => Promise.reject(new Error("A simulated pool has a tool of its own.")),
  };
}
