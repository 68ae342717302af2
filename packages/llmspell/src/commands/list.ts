import { type Catalog, type CatalogImplementation, displayPath, type PluginIdentity } from "@llmspell/config";
import type { CommandContext } from "../command-context.ts";
import { commandErrors } from "../errors.ts";
import { EXIT } from "../exit-code.ts";
import { configOrStandard } from "../standard-config.ts";
import { layOutTable } from "../table.ts";
import type { Terminal } from "../terminal.ts";

export interface ListOptions {
  readonly json?: boolean;
  readonly kind?: string;
  readonly hooks?: boolean;
}

/** `llmspell list`: what the plugins of the configuration offer, known from their manifests alone. */
export async function list(context: CommandContext, { json = false, kind, hooks }: ListOptions): Promise<number> {
  if (hooks === true) {
    const { listHooks } = await import("./list-hooks.ts");
    return listHooks(context, json);
  }
  const { terminal, directory } = context;
  const config = await configOrStandard(context);
  const offer = offerOf(config.catalog, directory, kind);
  if (json) terminal.print(JSON.stringify(kind === undefined ? offer : { kinds: offer.kinds }, null, 2));
  else terminal.print(offerAsText(offer, terminal, kind === undefined));
  return EXIT.fine;
}

type Offer = ReturnType<typeof offerOf>;

function offerOf({ sections, kinds, implementations, names }: Catalog, directory: string, only: string | undefined) {
  if (only !== undefined && !kinds.has(only)) {
    throw commandErrors.LLMSPELL_E_LIST_KIND({ kind: only, known: [...kinds.keys()] });
  }
  const chosen = [...kinds.values()].filter(({ name }) => only === undefined || name === only);
  return {
    sections: [...sections.values()].map(({ name, description, plugin }) => {
      return { name, description, ...originOf(plugin, directory) };
    }),
    kinds: chosen.map(({ name, description, plugin }) => {
      const members = [...(implementations.get(name)?.values() ?? [])].map((item) => memberOf(item, directory));
      return { name, description, ...originOf(plugin, directory), implementations: members };
    }),
    hookPoints: [...(names.get("hook-point") ?? [])],
  };
}

function memberOf({ name, description, stability, plugin }: CatalogImplementation, directory: string) {
  return { name, description, stability, ...originOf(plugin, directory) };
}

function originOf({ name, version, path }: PluginIdentity, directory: string) {
  return { plugin: name, version, path: displayPath(path, directory) };
}

const COLUMNS = ["name", "plugin", "version", "stability", "description"].map(
  (title) => ({ title, align: "left" }) as const,
);

function offerAsText({ sections, kinds, hookPoints }: Offer, { stdout }: Terminal, isWhole: boolean): string {
  const rowOf = (item: { name: string; plugin: string; version: string; stability?: string; description: string }) => [
    `  ${item.name}`,
    item.plugin,
    item.version,
    item.stability ?? "",
    item.description,
  ];
  const sectionRows = isWhole ? [["sections"], ...sections.map(rowOf)] : [];
  const kindRows = kinds.flatMap(({ name, description, implementations }) => [
    [`${name}: ${description}`],
    ...implementations.map(rowOf),
  ]);
  const pointRows = isWhole && hookPoints.length > 0 ? [[`hook points: ${hookPoints.join(", ")}`]] : [];
  const [titles = "", ...lines] = layOutTable(COLUMNS, [...sectionRows, ...kindRows, ...pointRows]);
  const painted = lines.map((line) => (line.startsWith(" ") ? line : stdout.paint("bold", line)));
  return [stdout.paint("dim", titles), ...painted].join("\n");
}
