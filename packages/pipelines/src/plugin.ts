import type { Plugin, PluginHost } from "@llmspell/kernel";
import { PipelineRunner } from "./pipeline-runner.ts";
import { readingsOf } from "./readings.ts";

const NAME = "@llmspell/pipelines";

declare module "@llmspell/kernel" {
  interface Services {
    pipelines: PipelineRunner;
  }
}

/** Owns the sections `pipelines`, `sources` and `sinks`, and offers the service `pipelines`. */
const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    let runner: PipelineRunner | undefined;
    kernel.hooks.assemble.tap(NAME, () => {
      runner = assemble(kernel);
      kernel.provide("pipelines", runner);
    });
    kernel.hooks.start.tapPromise(NAME, async () => runner?.start());
    kernel.hooks.ready.tap(NAME, () => runner?.openSources());
    kernel.hooks.drain.tapPromise(NAME, async ({ signal }) => runner?.drain(signal));
    kernel.hooks.stop.tapPromise(NAME, async () => runner?.[Symbol.asyncDispose]());
    kernel.hooks.collect.tap(NAME, (readings) => {
      if (runner !== undefined) readings.push(...readingsOf(runner.stats()));
    });
  },
};

export default plugin;

function assemble(kernel: PluginHost): PipelineRunner {
  const { clock, random, log } = kernel;
  return new PipelineRunner(
    {
      pipelines: kernel.section("pipelines"),
      sources: kernel.section("sources"),
      sinks: kernel.section("sinks"),
    },
    {
      bus: kernel.service("events"),
      hooks: kernel.service("hooks"),
      tools: kernel.service("tools"),
      agents: kernel.service("agents"),
      createSource: (use, owner) => kernel.create("source", use, owner),
      createStep: (use, owner) => kernel.create("step", use, owner),
      createSink: (use, owner) => kernel.create("sink", use, owner),
      clock,
      random,
      log,
    },
  );
}
