import { defineErrors } from "@llmspell/base";

interface InPlugin {
  readonly plugin: string;
  readonly problem: string;
}

/** What the kernel throws, by code; docs/errors.md explains each. */
export const kernelErrors = defineErrors({
  LLMSPELL_E_PLUGIN_FAILED: {
    message: ({ plugin, hook, problem }: InPlugin & { hook: string }) => `${plugin} failed in ${hook}: ${problem}`,
    hint: ({ hint }: { hint?: string | undefined } & InPlugin) =>
      hint ?? "This is a fault of the plugin, or of what it was given.",
  },
  LLMSPELL_E_PLUGIN_IMPORT: {
    message: ({ plugin, problem }: InPlugin) => `The module of ${plugin} cannot be imported: ${problem}`,
  },
  LLMSPELL_E_PLUGIN_SHAPE: {
    message: ({ plugin, problem }: InPlugin) => `${plugin} is no plugin: ${problem}.`,
    hint: "A plugin's module has the default export `definePlugin({ name, apply(kernel, options) { … } })`.",
  },
  LLMSPELL_E_IMPLEMENTATION_SHAPE: {
    message: ({ what, lacks }: { what: string; lacks: string }) => `${what} has no ${lacks}.`,
    hint: "A module that `use:` names has the default export `(options, context) => implementation`; what it makes has the methods of its kind.",
  },
  LLMSPELL_E_IMPLEMENTATION_MISSING: {
    message: ({ plugin, kind, name }: { plugin: string; kind: string; name: string }) =>
      `${plugin} declares the ${kind} \`${name}\`, but does not provide it.`,
    hint: "Its `apply` should tap `kernel.kinds.for(kind).for(name)`, or its manifest not declare it.",
  },
  LLMSPELL_E_PLUGIN_UNDECLARED: {
    message: ({ plugin, what }: { plugin: string; what: string }) =>
      `${plugin} provides ${what}, which its manifest does not declare.`,
    hint: "Add it to `provides` in the plugin's manifest.",
  },
  LLMSPELL_E_PLUGIN_ORDER: {
    message: ({ sections }: { sections: readonly string[] }) =>
      `These sections each want to come after another: ${sections.join(", ")}.`,
    hint: "Mend `after` in the manifests of their plugins.",
  },
  LLMSPELL_E_IMPLEMENTATION_UNKNOWN: {
    message: ({ kind, name, owner }: { kind: string; name: string; owner: string }) =>
      `Nothing provides the ${kind} \`${name}\` that ${owner} uses.`,
    hint: "Name a plugin that provides it under `plugins:`.",
  },
  LLMSPELL_E_SERVICE_TWICE: {
    message: ({ service }: { service: string }) => `Two plugins provide the service \`${service}\`.`,
  },
  LLMSPELL_E_KERNEL_STATE: {
    message: ({ action, state }: { action: string; state: string }) =>
      `Cannot ${action}: the kernel ${state === "failed" ? "has" : "is"} ${state}.`,
    hint: "The order is: load, start, drain, stop; each kernel runs once.",
  },
  LLMSPELL_E_DRAIN_UNFINISHED: {
    message: () => "Draining was ended before everything under way was finished.",
    hint: "What is left stands under `pending` in the readings. Give the drain more time, or look for what hangs.",
  },
  LLMSPELL_E_RELOAD_UNSUPPORTED: {
    message: ({ sections }: { sections: readonly string[] }) =>
      `These sections cannot change while running: ${sections.join(", ")}. Nothing was changed.`,
    hint: "Restart to take the new configuration.",
  },
});
