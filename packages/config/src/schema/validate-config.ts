import { messageOf } from "@llmspell/base";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, listNames } from "../diagnostics/suggestion.ts";
import { type ConfigMap, nodeAt, placeAt, placeWithin, plainValue } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import { explainErrors } from "./explain-error.ts";
import type { Findings, FoundProblem, FoundReference } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { addVocabulary } from "./vocabulary.ts";

export interface ValidatedConfig {
  /** The configuration with the schema's defaults filled in. */
  readonly value: Readonly<Record<string, unknown>>;
  readonly findings: Findings;
}

/**
 * Checks a configuration against the composed schema: shapes, names, references, graphs and expressions.
 * Everything that is wrong goes to `diagnostics`.
 */
export function validateConfig(
  root: ConfigMap,
  schema: JsonSchema,
  catalog: Catalog,
  diagnostics: Diagnostics,
): ValidatedConfig {
  const ajv = createAjv();
  const vocabulary = addVocabulary(ajv);
  const value = plainValue(root) as Record<string, unknown>;
  const validate = compile(ajv, schema, diagnostics);
  validate?.(value);
  const findings = vocabulary.takeFindings();
  diagnostics.list.push(...explainErrors(validate?.errors ?? [], { root, value, catalog }));
  for (const problem of dedupe(findings.problems)) reportProblem(problem, root, diagnostics);
  for (const { kind, path } of dedupe(findings.uses).filter((use) => !catalog.kinds.has(use.kind))) {
    const message = `No plugin listed under \`plugins\` opens the kind \`${kind}\`.`;
    diagnostics.error("LLMSPELL_E_KIND_UNKNOWN", message, placeAt(root, path));
  }
  for (const reference of dedupe(findings.references)) checkReference(reference, findings, catalog, root, diagnostics);
  return { value, findings };
}

/** ajv as the whole kernel uses it: strict about schemas, complete about errors. */
export function createAjv(): Ajv {
  const ajv = new Ajv({
    allErrors: true,
    verbose: true,
    useDefaults: true,
    strict: true,
    strictTypes: false,
    strictRequired: false,
    allowUnionTypes: true,
  });
  formats.default(ajv);
  return ajv;
}

function compile(ajv: Ajv, schema: JsonSchema, diagnostics: Diagnostics): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch (error) {
    const message = `The schemas of the plugins do not compile: ${messageOf(error)}.`;
    diagnostics.error(
      "LLMSPELL_E_PLUGIN_SCHEMA",
      message,
      undefined,
      "This is a fault of a plugin, not of the configuration.",
    );
    return undefined;
  }
}

/** A value that several branches of the schema look at is noted once for each. */
function dedupe<Found extends { readonly path: readonly unknown[] }>(found: readonly Found[]): Found[] {
  return [...new Map(found.map((item) => [JSON.stringify(item), item])).values()];
}

function reportProblem(problem: FoundProblem, root: ConfigMap, diagnostics: Diagnostics): void {
  const node = nodeAt(root, problem.path);
  const isInside = node.kind === "scalar" && problem.offset !== undefined;
  const place = isInside ? placeWithin(node, problem.offset ?? 0) : placeAt(root, problem.path);
  diagnostics.error(problem.code, problem.message, place, problem.hint);
}

function checkReference(
  { word, name, path, isKey }: FoundReference,
  findings: Findings,
  catalog: Catalog,
  root: ConfigMap,
  diagnostics: Diagnostics,
): void {
  const known = new Set([...(findings.defined.get(word) ?? []), ...(catalog.names.get(word) ?? [])]);
  if (known.has(name)) return;
  const readable = word.replaceAll("-", " ");
  const message = `There is no ${readable} \`${name}\`.`;
  const all = known.size === 0 ? `No ${readable} is declared.` : `There is ${listNames([...known], "and")}.`;
  const place = placeAt(root, path, isKey ? "key" : "value");
  diagnostics.error("LLMSPELL_E_REFERENCE_UNKNOWN", message, place, didYouMean(name, [...known]) ?? all);
}
