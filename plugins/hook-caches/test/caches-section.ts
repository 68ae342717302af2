import { definePlugin, type PluginManifest } from "@llmspell/kernel";

/** A section that is a map of hook caches, and a service that is what was created from it. */
export const manifest: PluginManifest = {
  name: "caches-section",
  kernel: "*",
  sections: { caches: { schema: { type: "object", additionalProperties: { "x-kind": "hook-cache" } } } },
};

export default definePlugin({
  name: "caches-section",
  apply(kernel) {
    kernel.hooks.assemble.tap("caches-section", () => {
      const section = Object.entries(kernel.section("caches") ?? {});
      const created = section.map(([name, use]) => [name, kernel.create("hook-cache", use, name)]);
      kernel.provide("caches", Object.fromEntries(created));
    });
  },
});
