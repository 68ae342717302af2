import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join, relative } from "node:path";
import { Kernel } from "@llmspell/kernel";
import { afterAll, beforeAll, describe, expect, it } from "vitest";

const PLUGINS = ["resilience", "events", "pipelines", "plugin-sources", "plugin-sinks", "plugin-routes"];

let directory: string;
beforeAll(async () => {
  directory = await mkdtemp(join(tmpdir(), "llmspell-sources-"));
});
afterAll(() => rm(directory, { recursive: true }));

async function load(config: object): Promise<Kernel> {
  const kernel = new Kernel();
  const plugins = [...PLUGINS, "plugin-load-balancers", "plugin-queues"].map((name) => `@llmspell/${name}`);
  await kernel.load({ config: { name: "test", plugins, ...config }, directory: import.meta.dirname });
  return kernel;
}

async function linesOf(path: string): Promise<Record<string, unknown>[]> {
  const text = await readFile(path, "utf8");
  return text
    .split("\n")
    .slice(0, -1)
    .map((line) => JSON.parse(line));
}

describe("file sources in a configuration", () => {
  it("makes the webhook examples of GitHub into 329 events of 161 types", async () => {
    const path = join(directory, "deep", "events.ndjson");
    await using kernel = await load({
      sources: {
        webhooks: {
          use: "json",
          module: "@octokit/webhooks-examples/api.github.com/index.json",
          records: 'document.map(hook, hook.examples.map(example, {"name": hook.name, "payload": example}))',
          type: '{{ record.name }}{{ has(record.payload.action) ? "." + record.payload.action : "" }}',
          data: "{{ record.payload }}",
        },
      },
      events: { channels: { all: {} }, routes: [{ use: "pattern", pattern: ".", channel: "all" }] },
      pipelines: {
        keep: { on: "all", steps: [{ write: "events", data: { type: "{{ event.type }}", data: "{{ event.data }}" } }] },
      },
      sinks: { events: { use: "ndjson", path } },
    });
    await kernel.start();
    await kernel.service("pipelines")?.completed;
    const events = await linesOf(path);
    expect(events).toHaveLength(329);
    expect(new Set(events.map(({ type }) => type)).size).toBe(161);
    expect(events.map(({ type }) => type)).toContain("pull_request.closed");
    expect(events.map(({ type }) => type)).toContain("ping");
    expect(events.find(({ type }) => type === "issues.opened")).toHaveProperty("data.issue.title");
    const readings = kernel.collect();
    expect(readings.find(({ part }) => part === "source")).toMatchObject({ name: "webhooks", in: 329, out: 329 });
    expect(readings.find(({ part }) => part === "sink")).toMatchObject({ name: "events", in: 329, out: 329 });
    await kernel.drain();
    await kernel.stop();
  });

  it("reads lines relative to the configuration, without any pipeline, channel or sink", async () => {
    await writeFile(join(directory, "in.ndjson"), '{"n":1}\noops\n{"n":2}\n');
    const lines = {
      use: "ndjson",
      path: relative(import.meta.dirname, join(directory, "in.ndjson")),
      onBadLine: "skip",
      type: "line",
    };
    await using kernel = await load({ sources: { lines } });
    await kernel.start();
    await kernel.service("pipelines")?.completed;
    expect(kernel.collect()).toMatchObject([{ part: "source", name: "lines", in: 3, out: 0, shed: 2, failed: 1 }]);
  });

  it("opens and closes sinks that nobody writes to", async () => {
    await using kernel = await load({ sinks: { out: { use: "ndjson", path: join(directory, "empty.ndjson") } } });
    await kernel.start();
    await kernel.drain();
    await kernel.stop();
    expect(await linesOf(join(directory, "empty.ndjson"))).toEqual([]);
  });

  it("fails the run on a bad line, after the lines before it", async () => {
    await writeFile(join(directory, "bad.ndjson"), '{"n":1}\noops\n');
    const lines = { use: "ndjson", path: join(directory, "bad.ndjson"), type: "line" };
    await using kernel = await load({ sources: { lines } });
    await kernel.start();
    await expect(kernel.service("pipelines")?.completed).rejects.toMatchObject({
      code: "LLMSPELL_E_SOURCE_FAILED",
      message: expect.stringContaining("bad.ndjson:2 is not valid JSON"),
    });
    await kernel.drain();
  });

  it("says at once when a source names both a path and a module, neither, or no type", async () => {
    const refusals = {
      both: [
        { use: "json", path: "a.json", module: "@octokit/webhooks-examples/api.github.com/index.json", type: "t" },
        "must be left out where `module` is given",
      ],
      neither: [{ use: "json", type: "t" }, "needs one of the keys `module` or `path`"],
      untyped: [{ use: "json", path: "a.json" }, "needs the key `type`"],
      template: [{ use: "json", path: "a.json", type: "{{ event.type }}" }, "Unknown variable"],
      nested: [{ use: "json", path: "a.json", type: "t", data: { deep: ["{{ recrod }}"] } }, "Unknown variable"],
      select: [{ use: "json", path: "a.json", type: "t", records: "document.map(" }, "no valid CEL expression"],
    } as const;
    for (const [source, message] of Object.values(refusals)) {
      const refused = await load({ sources: { source } }).catch((error: unknown) => error);
      expect(refused).toBeInstanceOf(Error);
      expect(String(refused)).toContain(message);
    }
  });
});
