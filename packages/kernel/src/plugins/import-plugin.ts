import { isAbsolute } from "node:path";
import { fileURLToPath } from "node:url";
import { messageOf } from "@llmspell/base";
import { kernelErrors } from "../runtime/kernel-errors.ts";
import type { Create, Plugin } from "./plugin.ts";
import type { ResolvedPlugin } from "./resolve-plugins.ts";

/**
 * Imports a plugin's module.
 *
 * @throws LLMSPELL_E_PLUGIN_IMPORT, LLMSPELL_E_PLUGIN_SHAPE
 */
export async function importPlugin(resolved: ResolvedPlugin): Promise<Plugin<unknown>> {
  const plugin = `${resolved.name} ${resolved.version}`;
  const entry = resolved.findEntry();
  if (entry === undefined) {
    const problem = "its package.json exports no module that can be found; was it built?";
    throw kernelErrors.LLMSPELL_E_PLUGIN_IMPORT({ plugin, problem });
  }
  const { default: exported } = await importModule(entry, plugin);
  if (!isPlugin(exported)) {
    const problem = "its module has no default export with `name` and `apply`";
    throw kernelErrors.LLMSPELL_E_PLUGIN_SHAPE({ plugin, problem });
  }
  if (exported.name === resolved.name) return exported;
  const problem = `its module calls itself \`${exported.name}\`, its manifest \`${resolved.name}\``;
  throw kernelErrors.LLMSPELL_E_PLUGIN_SHAPE({ plugin, problem });
}

/**
 * Imports a module that `use:` names directly; its default export creates the implementation.
 *
 * @throws LLMSPELL_E_PLUGIN_IMPORT, LLMSPELL_E_IMPLEMENTATION_SHAPE
 */
export async function importImplementation(url: string): Promise<Create<unknown>> {
  const path = fileURLToPath(url);
  const { default: create } = await importModule(url, path);
  if (typeof create === "function") return create as Create<unknown>;
  throw kernelErrors.LLMSPELL_E_IMPLEMENTATION_SHAPE({
    what: `The module ${path}`,
    lacks: "function as its default export",
  });
}

async function importModule(url: string, plugin: string): Promise<Readonly<Record<string, unknown>>> {
  try {
    return await import(url);
  } catch (cause) {
    const problem = `${messageOf(cause)}${placeOf(cause)}`;
    throw kernelErrors.LLMSPELL_E_PLUGIN_IMPORT({ plugin, problem }, { cause });
  }
}

/** Where TypeScript does not parse, which may be in what the module imports: Node says it only above the stack. */
function placeOf(cause: unknown): string {
  const stack = cause instanceof SyntaxError ? (cause.stack ?? "") : "";
  const [, file = "", line] = /^(.+):(\d+)\n/.exec(stack) ?? [];
  if (file.startsWith("file:")) return `, at ${fileURLToPath(file)}:${line}`;
  return isAbsolute(file) ? `, at ${file}:${line}` : "";
}

function isPlugin(value: unknown): value is Plugin<unknown> {
  if (typeof value !== "object" || value === null) return false;
  return "name" in value && "apply" in value && typeof value.apply === "function";
}
