import {
  type Document,
  isAlias,
  isMap,
  isPair,
  isScalar,
  isSeq,
  type Node,
  type ParsedNode,
  parseDocument,
  Scalar,
  type YAMLMap,
} from "yaml";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import type { Place, SourceFile } from "../diagnostics/source-file.ts";
import type { ConfigEntry, ConfigMap, ConfigNode } from "./config-node.ts";

/** Aliases can expand a small file to any size; past this many nodes it is refused. */
const MOST_NODES = 200_000;

/**
 * Parses YAML (and so JSON) to a tree with places. Aliases and merge keys are resolved; each value keeps the place
 * where it was written.
 *
 * @returns `undefined` when the file is empty or does not parse; `diagnostics` then say why
 */
export function parseYaml(file: SourceFile, diagnostics: Diagnostics): ConfigNode | undefined {
  const document = parseDocument(file.text, { merge: true, prettyErrors: false, version: "1.2" });
  for (const problem of [...document.errors, ...document.warnings]) {
    const [start, end] = problem.pos;
    diagnostics.error("LLMSPELL_E_YAML_SYNTAX", syntaxMessage(problem.code, problem.message), { file, start, end });
  }
  if (document.errors.length > 0 || document.warnings.length > 0) return undefined;
  const content = document.contents as ParsedNode | null;
  if (content === null || (isScalar(content) && content.value === null)) return undefined;
  return new TreeBuilder(file, document, diagnostics).build(content);
}

/** The parser's terse messages for the commonest slips, said in full. */
function syntaxMessage(code: string, message: string): string {
  if (code === "TAB_AS_INDENT") return "Tabs cannot indent YAML; use spaces.";
  if (code === "DUPLICATE_KEY") return "This key stands twice in the same map; remove one of them.";
  if (code === "MULTIPLE_DOCS")
    return "A configuration is one YAML document; this file holds several, separated by `---`.";
  return `${message.replace(/\.$/, "").split("\n")[0] ?? message}.`;
}

class TreeBuilder {
  readonly #file: SourceFile;
  readonly #document: Document.Parsed;
  readonly #diagnostics: Diagnostics;
  readonly #open = new Set<Node>();
  #count = 0;

  constructor(file: SourceFile, document: Document.Parsed, diagnostics: Diagnostics) {
    this.#file = file;
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  build(node: Node | null): ConfigNode | undefined {
    if (node === null) return undefined;
    if (++this.#count === MOST_NODES) this.#fail(node, `Its aliases expand to more than ${MOST_NODES} values.`);
    if (this.#count >= MOST_NODES) return undefined;
    if (isAlias(node)) return this.#buildAlias(node);
    if (isMap(node)) return this.#nested(node, () => this.#buildMap(node));
    if (isSeq(node)) return this.#nested(node, () => this.#buildList(node.items as (Node | null)[], node));
    return isScalar(node) ? this.#buildScalar(node) : undefined;
  }

  #buildAlias(node: Extract<Node, { source: string }>): ConfigNode | undefined {
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target !== undefined) return this.build(target);
    return this.#fail(node, "There is no anchor of this name before it.");
  }

  #buildScalar(node: Scalar): ConfigNode {
    const { value } = node;
    const isKnown = value === null || ["string", "number", "boolean"].includes(typeof value);
    const isPlain = node.type === Scalar.PLAIN;
    const place = this.#placeOf(node);
    return { kind: "scalar", place, value: isKnown ? (value as string | null) : String(value), isPlain };
  }

  #buildList(items: readonly (Node | null)[], node: Node): ConfigNode {
    const built = items.map((item) => this.build(item)).filter((item) => item !== undefined);
    return { kind: "list", place: this.#placeOf(node), items: built };
  }

  #buildMap(node: YAMLMap): ConfigMap {
    const entries = new Map<string, ConfigEntry>();
    const merged: ConfigMap[] = [];
    for (const pair of node.items) {
      if (!isPair(pair) || !isScalar(pair.key)) {
        this.#fail(pair.key as Node, "A key must be a plain word or a string.");
        continue;
      }
      const { key } = pair;
      const value = this.build(pair.value as Node | null) ?? this.#null(key);
      if (key.value === "<<" && key.type === Scalar.PLAIN) merged.push(...this.#mergeSources(value));
      else entries.set(String(key.value), { keyPlace: this.#placeOf(key), node: value });
    }
    for (const source of merged) {
      for (const [key, entry] of source.entries) if (!entries.has(key)) entries.set(key, entry);
    }
    return { kind: "map", place: this.#placeOf(node), entries };
  }

  #mergeSources(value: ConfigNode): ConfigMap[] {
    const sources = value.kind === "list" ? value.items : [value];
    return sources.flatMap((source) => {
      if (source.kind === "map") return [source];
      this.#diagnostics.error(
        "LLMSPELL_E_YAML_SYNTAX",
        "A merge key `<<` takes a map or a list of maps.",
        source.place,
      );
      return [];
    });
  }

  /** An alias inside the value that its own anchor names would never end. */
  #nested<Result>(node: Node, build: () => Result): Result | undefined {
    if (this.#open.has(node)) return this.#fail(node, "An alias refers to the value that contains it.");
    this.#open.add(node);
    const result = build();
    this.#open.delete(node);
    return result;
  }

  #null(key: Scalar): ConfigNode {
    return { kind: "scalar", place: this.#placeOf(key), value: null, isPlain: true };
  }

  #placeOf(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return { file: this.#file, start, end };
  }

  #fail(node: Node, message: string): undefined {
    this.#diagnostics.error("LLMSPELL_E_YAML_SYNTAX", message, this.#placeOf(node));
  }
}
