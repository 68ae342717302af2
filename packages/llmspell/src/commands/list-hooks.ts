import { checkConfig } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { EXIT } from "../exit-code.ts";
import { type ConfiguredPoint, configuredPoints, inMilliseconds } from "../hook-points/configured-points.ts";
import { hookLines } from "../hook-points/hook-list.ts";

/** `llmspell list --hooks`: the configured hooks in the order of their plans, each with what takes effect. */
export async function listHooks(context: CommandContext, isJson: boolean): Promise<number> {
  const { terminal, directory, input } = context;
  const points = configuredPoints(await checkConfig(input), directory);
  if (isJson) terminal.print(JSON.stringify({ points: points.map(pointAsJson) }, null, 2));
  else if (points.length === 0) terminal.print("No hooks are configured.");
  else {
    const { stdout } = terminal;
    const [titles = "", ...lines] = hookLines(points, stdout.width);
    const painted = lines.map((line) => (line.startsWith(" ") ? line : stdout.paint("bold", line)));
    terminal.print([stdout.paint("dim", titles), ...painted].join("\n"));
  }
  return EXIT.fine;
}

function pointAsJson({ plan, hooks, ...settings }: ConfiguredPoint) {
  const { criticalPath, estimatedDuration } = plan;
  return {
    ...settings,
    estimatedDuration: inMilliseconds(estimatedDuration),
    criticalPath: { hooks: criticalPath.hooks.map(({ id }) => id), duration: inMilliseconds(criticalPath.duration) },
    hooks,
  };
}
