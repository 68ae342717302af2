import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Place } from "../diagnostics/source-file.ts";
import { didYouMean } from "../diagnostics/suggestion.ts";
import { type ConfigMap, type ConfigNode, type ConfigScalar, placeWithin } from "./config-node.ts";

/** The variables that `${NAME}` is looked up in, such as `process.env`. */
export type Environment = Readonly<Record<string, string | undefined>>;

/** `${NAME}`, `${NAME:-default}`, `${vars.name}`; `$${` writes a literal `${`. */
const REFERENCE = /\$\$\{|\$\{(?:vars\.([A-Za-z_]\w*)|([A-Za-z_]\w*)(?::-([^}]*))?)\}|\$\{/g;

/** Values that came from the environment: what must not be shown. */
export interface Secret {
  readonly name: string;
  readonly value: string;
}

/** What became of the references in one string. */
interface Resolution {
  /** The environment variables whose values are in it. */
  readonly environment: string[];
  isUnresolved: boolean;
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
  #isInVars = false;

  constructor(environment: Environment, diagnostics: Diagnostics) {
    this.#environment = environment;
    this.#diagnostics = diagnostics;
  }

  /** The configuration with its references resolved; `vars` may use the environment, everything else both. */
  apply(root: ConfigMap): ConfigMap {
    const vars = root.entries.get("vars");
    if (vars === undefined) return this.#map(root);
    this.#isInVars = true;
    const resolved = this.#node(vars.node);
    this.#isInVars = false;
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
    const resolution: Resolution = { environment: [], isUnresolved: false };
    const value = text.replace(REFERENCE, (match, name: string | undefined, variableName, fallback, offset: number) => {
      if (match === "$${") return "${";
      const length = match === "${" ? (/^\$\{[^}\s]*\}?/.exec(text.slice(offset))?.[0].length ?? 2) : match.length;
      const place = placeWithin(scalar, offset, length);
      if (match === "${") return this.#malformed(place, resolution);
      if (name !== undefined) return this.#variable(name, place, resolution);
      return this.#environmentValue(String(variableName), fallback, place, resolution);
    });
    const isLone = scalar.isPlain && /^\$\{[^}]*\}$/.test(text);
    const marks = {
      ...(resolution.environment.length === 0 ? {} : { environment: resolution.environment }),
      ...(resolution.isUnresolved ? { isUnresolved: true as const } : {}),
    };
    return { ...scalar, ...marks, value: isLone ? readAsJson(value) : value };
  }

  #environmentValue(name: string, fallback: string | undefined, place: Place, resolution: Resolution): string {
    const value = Object.hasOwn(this.#environment, name) ? this.#environment[name] : undefined;
    if (value !== undefined && (value !== "" || fallback === undefined)) {
      resolution.environment.push(name);
      if (value !== "") this.secrets.push({ name, value });
      return value;
    }
    if (fallback !== undefined) return fallback;
    resolution.isUnresolved = true;
    const message = `The environment variable ${name} is not set.`;
    const hint = `Set it, or write \`\${${name}:-default}\`.`;
    this.#diagnostics.error("LLMSPELL_E_ENVIRONMENT_UNSET", message, place, hint);
    return "";
  }

  #variable(name: string, place: Place, resolution: Resolution): string {
    const variable = this.#vars?.entries.get(name)?.node;
    if (variable?.kind === "scalar") {
      resolution.environment.push(...(variable.environment ?? []));
      resolution.isUnresolved ||= variable.isUnresolved === true;
      return String(variable.value ?? "");
    }
    resolution.isUnresolved = true;
    if (this.#isInVars) {
      const message = "A value under `vars` may use the environment, but no other of the `vars`.";
      this.#diagnostics.error("LLMSPELL_E_VARIABLE_UNKNOWN", message, place);
    } else if (variable === undefined) {
      const hint = didYouMean(name, [...(this.#vars?.entries.keys() ?? [])]);
      this.#diagnostics.error("LLMSPELL_E_VARIABLE_UNKNOWN", `\`vars\` has no \`${name}\`.`, place, hint);
    } else {
      const message = `\`vars.${name}\` is a ${variable.kind}, which cannot stand inside a text.`;
      this.#diagnostics.error("LLMSPELL_E_VARIABLE_UNKNOWN", message, place, "Use it as the whole value.");
    }
    return "";
  }

  #malformed(place: Place, resolution: Resolution): string {
    resolution.isUnresolved = true;
    const message = "Expected `${NAME}`, `${NAME:-default}` or `${vars.name}` after `${`.";
    const hint = "For a literal `${`, write `$${`.";
    this.#diagnostics.error("LLMSPELL_E_ENVIRONMENT_SYNTAX", message, place, hint);
    return "";
  }
}

/** A number only where it says exactly what was written, so that a long key of digits stays a string. */
function readAsJson(text: string): ConfigScalar["value"] {
  if (text === "" || text === "null") return null;
  if (text === "true" || text === "false") return text === "true";
  return String(Number(text)) === text && Number.isFinite(Number(text)) ? Number(text) : text;
}
