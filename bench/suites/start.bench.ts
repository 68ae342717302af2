// How fast the command answers and the desk starts: measured on what is published, the built packages.
import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import type { Comparison } from "../comparison.ts";

const ROOT = fileURLToPath(new URL("../../", import.meta.url));
const COMMAND = fileURLToPath(new URL("../../packages/llmspell/dist/main.js", import.meta.url));
const CONFIG = fileURLToPath(new URL("../../llmspell.config.yaml", import.meta.url));

/** Milliseconds that a whole process takes. */
function timeProcess(args: readonly string[]): number {
  const start = performance.now();
  const { status, stderr } = spawnSync(process.execPath, args, { cwd: ROOT, encoding: "utf8" });
  if (status !== 0) throw new Error(stderr);
  return performance.now() - start;
}

const nodeAlone = () => timeProcess(["-e", "0"]);

export const comparisons: readonly Comparison[] = [
  {
    name: "llmspell validate of the root config, whole process",
    unit: "ms",
    peerName: "node -e 0",
    ours: () => timeProcess([COMMAND, "validate", "--config", CONFIG, "--quiet"]),
    peer: nodeAlone,
    goal: { text: "<= 3 x peer + 250 ms", isMet: (ours, peer) => ours <= 3 * peer + 250 },
  },
  {
    name: "start of the desk to the first delivered event, from process start",
    unit: "ms",
    peerName: "node -e 0",
    async ours() {
      const { createRuntime } = await import("llmspell");
      await using runtime = await createRuntime(CONFIG);
      const delivered = Promise.withResolvers<number>();
      runtime.kernel.hooks.start.tap("bench", () => {
        for (const channel of Object.keys(runtime.events.stats().channels)) {
          runtime.events.subscribe(channel, () => delivered.resolve(performance.now()), { group: "bench" });
        }
      });
      await runtime.start();
      return await delivered.promise;
    },
    peer: nodeAlone,
    goal: { text: "< 1000 ms", isMet: (ours) => ours < 1000 },
  },
];
