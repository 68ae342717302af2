import { checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { buildGraph } from "../graph/build-graph.ts";
import { toDot } from "../graph/dot.ts";
import type { GraphedConfig } from "../graph/graphed-config.ts";
import { toMermaid } from "../graph/mermaid.ts";

export interface GraphOptions {
  readonly format: "mermaid" | "dot";
}

/** `llmspell graph`: draws the configuration, from the checked YAML alone. */
export async function graph({ terminal, input }: CommandContext, { format }: GraphOptions): Promise<number> {
  const { redacted } = await checkConfig(input);
  // The schema has checked these shapes, as far as the configuration has them.
  const drawn = buildGraph(redacted as GraphedConfig);
  terminal.print(format === "dot" ? toDot(drawn) : toMermaid(drawn));
  return EXIT.fine;
}
