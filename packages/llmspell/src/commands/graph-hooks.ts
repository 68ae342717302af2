import { checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { hooksToDot } from "../graph/hook-dot.ts";
import { buildHookGraph } from "../graph/hook-graph.ts";
import { hooksToMermaid } from "../graph/hook-mermaid.ts";
import { configuredPoints } from "../hook-points/configured-points.ts";

/** `llmspell graph --hooks`: draws the plan of every hook point, from the checked YAML alone. */
export async function graphHooks(
  { terminal, input, directory }: CommandContext,
  format: "mermaid" | "dot",
): Promise<number> {
  const drawn = buildHookGraph(configuredPoints(await checkConfig(input), directory));
  terminal.print(format === "dot" ? hooksToDot(drawn) : hooksToMermaid(drawn));
  return EXIT.fine;
}
