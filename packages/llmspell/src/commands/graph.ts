import { checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { buildGraph } from "../graph/build-graph.ts";
import { toDot } from "../graph/dot.ts";
import type { GraphedConfig } from "../graph/graphed-config.ts";
import { toMermaid } from "../graph/mermaid.ts";

export interface GraphOptions {
  readonly format: "mermaid" | "dot";
  readonly hooks?: boolean;
}

/** `llmspell graph`: draws the configuration, from the checked YAML alone. */
export async function graph(context: CommandContext, { format, hooks }: GraphOptions): Promise<number> {
  if (hooks === true) {
    const { graphHooks } = await import("./graph-hooks.ts");
    return graphHooks(context, format);
  }
  const { terminal, input } = context;
  const { redacted } = await checkConfig(input);
  // The schema has checked these shapes, as far as the configuration has them.
  const drawn = buildGraph(redacted as GraphedConfig);
  terminal.print(format === "dot" ? toDot(drawn) : toMermaid(drawn));
  return EXIT.fine;
}
