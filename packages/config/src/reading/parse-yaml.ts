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
import { REPEATED_KEY, reportSyntaxErrors } from "./syntax-errors.ts";

/** Aliases can expand a small file to any size; past this many nodes it is refused. */
const MOST_NODES = 200_000;

/** What is nested deeper than any configuration would exhaust the stack of whoever walks over it. */
const DEEPEST = 200;
const TOO_DEEP = `Here values are nested more than ${DEEPEST} deep.`;

/**
 * Parses YAML (and so JSON) to a tree with places. Aliases and merge keys are resolved; each value keeps the place
 * where it was written.
 *
 * @returns `undefined` when the file is empty or does not parse; `diagnostics` then say why
 */
export function parseYaml(file: SourceFile, diagnostics: Diagnostics): ConfigNode | undefined {
  const document = parseDocument(file.text, { merge: true, prettyErrors: false, version: "1.2" });
  if (reportSyntaxErrors(file, document, diagnostics)) return undefined;
  const content = document.contents as ParsedNode | null;
  if (content === null || (isScalar(content) && content.value === null)) return undefined;
  return new TreeBuilder(file, document, diagnostics).build(content);
}

class TreeBuilder {
  readonly #file: SourceFile;
  readonly #document: Document.Parsed;
  readonly #diagnostics: Diagnostics;
  readonly #open = new Set<Node>();
  /** The aliases that are being expanded, outermost first. */
  readonly #aliases: Node[] = [];
  #count = 0;

  constructor(file: SourceFile, document: Document.Parsed, diagnostics: Diagnostics) {
    this.#file = file;
    this.#document = document;
    this.#diagnostics = diagnostics;
  }

  build(node: Node | null): ConfigNode | undefined {
    if (node === null) return undefined;
    if (++this.#count === MOST_NODES) {
      this.#fail(this.#aliases[0] ?? node, `With its aliases expanded, this has more than ${MOST_NODES} values.`);
    }
    if (this.#count >= MOST_NODES) return undefined;
    if (isAlias(node)) return this.#buildAlias(node);
    if (this.#open.size >= DEEPEST && !isScalar(node)) return this.#fail(node, TOO_DEEP);
    if (isMap(node)) return this.#nested(node, () => this.#buildMap(node));
    if (isSeq(node)) return this.#nested(node, () => this.#buildList(node.items as (Node | null)[], node));
    return isScalar(node) ? this.#buildScalar(node) : undefined;
  }

  #buildAlias(node: Extract<Node, { source: string }>): ConfigNode | undefined {
    const target = isAlias(node) ? node.resolve(this.#document) : undefined;
    if (target === undefined) return this.#fail(node, "There is no anchor of this name before it.");
    // Without this, an alias inside the value that its own anchor names would never end.
    if (this.#open.has(target)) return this.#fail(node, "This alias refers to the value that contains it.");
    this.#aliases.push(node);
    const built = this.build(target);
    this.#aliases.pop();
    return built;
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
      if (key.value === null && key.source === "") {
        this.#fail(key, "A key is missing before this `:`.");
        continue;
      }
      const value = this.#buildValue(pair.value as Node | null, key);
      if (isMergeKey(key)) merged.push(...this.#mergeSources(value));
      else if (entries.has(String(key.value))) this.#fail(key, REPEATED_KEY);
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

  #nested<Result>(node: Node, build: () => Result): Result {
    this.#open.add(node);
    const result = build();
    this.#open.delete(node);
    return result;
  }

  /** A key without a value has the value null; one whose value is reported to be wrong keeps the key for what refers to it. */
  #buildValue(node: Node | null, key: Scalar): ConfigNode {
    const nothing = { kind: "scalar", place: this.#placeOf(node ?? key), value: null, isPlain: true } as const;
    return node === null ? nothing : (this.build(node) ?? { ...nothing, isUnresolved: true });
  }

  #placeOf(node: Node): Place {
    const [start, end] = node.range ?? [0, 0];
    return { file: this.#file, start, end };
  }

  #fail(node: Node, message: string): undefined {
    this.#diagnostics.error("LLMSPELL_E_YAML_SYNTAX", message, this.#placeOf(node));
  }
}

/** The parser gives a merge key the value of a symbol that it keeps to itself. */
function isMergeKey({ value, type }: Scalar): boolean {
  return type === Scalar.PLAIN && (typeof value === "symbol" || value === "<<");
}
