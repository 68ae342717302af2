import { definePlugin, type PluginManifest, type Use } from "@llmspell/kernel";
import type { WarmUp } from "@llmspell/tools";

/** The warm-ups that the section `warmed` names, in its order, once the kernel has started. */
export const created: WarmUp[] = [];

export const manifest: PluginManifest = {
  name: "warmed",
  kernel: "*",
  sections: { warmed: { schema: { title: "Warmed", type: "array", items: { "x-kind": "warm-up" } } } },
};

declare module "@llmspell/kernel" {
  interface Sections {
    warmed: readonly Use[];
  }
}

/** Owns a section that is a list of warm-ups. */
export default definePlugin({
  name: "warmed",
  apply(kernel) {
    kernel.hooks.start.tap("warmed", () => {
      for (const use of kernel.section("warmed") ?? []) created.push(kernel.create("warm-up", use, "warmed"));
    });
  },
});
