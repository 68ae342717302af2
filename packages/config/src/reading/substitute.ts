import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean } from "../diagnostics/suggestion.ts";
import { type ConfigMap, type ConfigNode, type ConfigScalar, placeWithin, plainValue } from "./config-node.ts";

export type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`, `${NAME:-default}`, `${vars.name}`; `$${` writes a literal `${`. */
const REFERENCE = /\$\$\{|\$\{(?:vars\.([A-Za-z_]\w*)|([A-Za-z_]\w*)(?::-([^}]*))?)\}|\$\{/g;

/** Values that came from the environment: what must not be shown. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/**
 * Resolves references to environment variables and to `vars` in every string of a configuration.
 *
 * A plain (unquoted) scalar that is one reference and nothing else is read as JSON would read it (a number, `true`,
 * `null` when empty); everything else stays a string.
 */
export class Substitution {
  readonly secrets: Secret[] = [];
  readonly #environment: Environment;
  readonly #diagnostics: Diagnostics;
  #vars: ConfigMap | undefined;

  constructor(environment: Environment, diagnostics: Diagnostics) {
    this.#environment = environment;
    this.#diagnostics = diagnostics;
  }

  /** The configuration with its references resolved; `vars` may use the environment, everything else both. */
  apply(root: ConfigMap): ConfigMap {
    const vars = root.entries.get("vars");
    if (vars === undefined) return this.#map(root);
    const resolved = this.#node(vars.node);
    if (resolved.kind === "map") this.#vars = resolved;
    const rest = new Map([...root.entries].filter(([key]) => key !== "vars"));
    const { entries } = this.#map({ ...root, entries: rest });
    return { ...root, entries: new Map([...entries, ["vars", { ...vars, node: resolved }]]) };
  }

  #node(node: ConfigNode): ConfigNode {
    if (node.kind === "map") return this.#map(node);
    if (node.kind === "list") return { ...node, items: node.items.map((item) => this.#node(item)) };
    return typeof node.value === "string" && node.value.includes("${") ? this.#scalar(node, node.value) : node;
  }

  #map(node: ConfigMap): ConfigMap {
    const entries = [...node.entries].map(([key, entry]) => [key, { ...entry, node: this.#node(entry.node) }] as const);
    return { ...node, entries: new Map(entries) };
  }

  #scalar(scalar: ConfigScalar, text: string): ConfigNode {
    const lone = /^\$\{vars\.(\w+)\}$/.exec(text);
    const variable = this.#vars?.entries.get(lone?.[1] ?? "");
    if (variable !== undefined) return variable.node;
    const used: string[] = [];
    const before = this.#diagnostics.list.length;
    const value = text.replace(REFERENCE, (match, name: string | undefined, variableName, fallback, offset: number) => {
      if (match === "$${") return "${";
      if (match === "${") return this.#malformed(scalar, offset);
      if (name !== undefined) return this.#variable(scalar, name, offset, used);
      return this.#environmentValue(scalar, String(variableName), fallback, offset, used);
    });
    const isLone = scalar.isPlain && /^\$\{[^}]*\}$/.test(text);
    const marks = {
      ...(used.length === 0 ? {} : { environment: used }),
      ...(this.#diagnostics.list.length === before ? {} : { isUnresolved: true as const }),
    };
    return { ...scalar, ...marks, value: isLone ? readAsJson(value) : value };
  }

  #environmentValue(
    scalar: ConfigScalar,
    name: string,
    fallback: string | undefined,
    offset: number,
    used: string[],
  ): string {
    const value = this.#environment[name];
    if (value !== undefined && (value !== "" || fallback === undefined)) {
      used.push(name);
      if (value !== "") this.secrets.push({ name, value });
      return value;
    }
    if (fallback !== undefined) return fallback;
    const message = `The environment variable ${name} is not set.`;
    const hint = `Set it, or write \`\${${name}:-default}\`.`;
    this.#diagnostics.error("LLMSPELL_E_ENVIRONMENT_UNSET", message, placeWithin(scalar, offset), hint);
    return "";
  }

  #variable(scalar: ConfigScalar, name: string, offset: number, used: string[]): string {
    const variable = this.#vars?.entries.get(name)?.node;
    if (variable?.kind === "scalar") {
      used.push(...(variable.environment ?? []));
      return String(variable.value ?? "");
    }
    const place = placeWithin(scalar, offset);
    const names = [...(this.#vars?.entries.keys() ?? [])];
    if (variable === undefined) {
      const message = `\`vars\` has no \`${name}\`.`;
      this.#diagnostics.error("LLMSPELL_E_VARIABLE_UNKNOWN", message, place, didYouMean(name, names));
    } else {
      const message = `\`vars.${name}\` is a ${variable.kind}, which cannot stand inside a text.`;
      this.#diagnostics.error("LLMSPELL_E_VARIABLE_UNKNOWN", message, place, "Use it as the whole value.");
    }
    return JSON.stringify(variable === undefined ? null : plainValue(variable));
  }

  #malformed(scalar: ConfigScalar, offset: number): string {
    const message = "Expected `${NAME}`, `${NAME:-default}` or `${vars.name}` after `${`.";
    const hint = "For a literal `${`, write `$${`.";
    this.#diagnostics.error("LLMSPELL_E_ENVIRONMENT_SYNTAX", message, placeWithin(scalar, offset), hint);
    return "";
  }
}

/** A number only where it says exactly what was written, so that a long key of digits stays a string. */
function readAsJson(text: string): ConfigScalar["value"] {
  if (text === "" || text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}
