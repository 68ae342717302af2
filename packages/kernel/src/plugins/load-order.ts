import type { CheckedConfig } from "../check-config.ts";
import { kernelErrors } from "../runtime/kernel-errors.ts";
import type { ResolvedPlugin } from "./resolve-plugins.ts";

/**
 * The plugins that a configuration uses (by a section, by an implementation, or by naming one that only taps hooks), in the order in which they are applied: those without a section first, then
 * by the `after` of their sections, then as listed.
 *
 * @throws LLMSPELL_E_PLUGIN_ORDER when sections each want to come after the other
 */
export function loadOrder({ value, catalog, plugins, uses }: CheckedConfig): ResolvedPlugin[] {
  const sections = [...catalog.sections.values()].filter(({ name }) => name in value);
  const chosen = new Set([
    ...sections.map(({ plugin }) => plugin.name),
    ...plugins.filter(onlyTaps).map(({ name }) => name),
    ...uses.flatMap(({ kind, name }) => catalog.implementations.get(kind)?.get(name)?.plugin.name ?? []),
  ]);
  const used = plugins.filter((plugin) => chosen.has(plugin.name));
  const present = new Set(sections.map(({ name }) => name));
  const waitsFor = (plugin: ResolvedPlugin) =>
    sections
      .filter((section) => section.plugin.name === plugin.name)
      .flatMap(({ after }) => after)
      .filter((name) => present.has(name) && catalog.sections.get(name)?.plugin.name !== plugin.name)
      .map((name) => catalog.sections.get(name)?.plugin.name);

  const ordered: ResolvedPlugin[] = used.filter(
    (plugin) => !sections.some((section) => section.plugin.name === plugin.name),
  );
  let waiting = used.filter((plugin) => !ordered.includes(plugin));
  while (waiting.length > 0) {
    const blocked = new Set<string | undefined>(waiting.map(({ name }) => name));
    const next = waiting.find((plugin) => waitsFor(plugin).every((name) => !blocked.has(name)));
    if (next === undefined) {
      const names = sections.filter(({ plugin }) => blocked.has(plugin.name)).map(({ name }) => name);
      throw kernelErrors.LLMSPELL_E_PLUGIN_ORDER({ sections: names });
    }
    ordered.push(next);
    waiting = waiting.filter((plugin) => plugin !== next);
  }
  return ordered;
}

/** Whether a plugin that the configuration itself names has nothing else that it could be used by. */
function onlyTaps({ specifier, manifest }: ResolvedPlugin): boolean {
  const { sections, kinds, provides, names, plugins } = manifest;
  return specifier !== undefined && [sections, kinds, provides, names, plugins].every((part) => part === undefined);
}
