import { messageOf } from "@llmspell/base";
import { Ajv, type ValidateFunction } from "ajv";
import formats from "ajv-formats";
import type { Diagnostics } from "../diagnostics/diagnostic.ts";
import { didYouMean, listNames } from "../diagnostics/suggestion.ts";
import { type ConfigMap, type ConfigPath, nodeAt, placeAt, placeWithin, plainValue } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import { explainErrors } from "./explain-error.ts";
import type { Findings, FoundContradiction, FoundProblem, FoundReference } from "./findings.ts";
import type { JsonSchema } from "./json-schema.ts";
import { warnOfNearKeys } from "./near-keys.ts";
import { schemaInUse } from "./schema-in-use.ts";
import { addVocabulary, valueAt } from "./vocabulary.ts";
import { type Subject, show, subjectOf } from "./wording.ts";

/** What validation made of a configuration, and what the schema's annotations told about it. */
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
  composed: JsonSchema,
  catalog: Catalog,
  diagnostics: Diagnostics,
): ValidatedConfig {
  const ajv = createAjv();
  const vocabulary = addVocabulary(ajv);
  const value = plainValue(root) as Record<string, unknown>;
  const schema = schemaInUse(composed, value);
  const validate = compile(ajv, schema, diagnostics);
  validate?.(value);
  const findings = settled(vocabulary.takeFindings(), root);
  for (const found of explainErrors(validate?.errors ?? [], { root, value, catalog, schema })) diagnostics.add(found);
  for (const problem of findings.problems) reportProblem(problem, root, diagnostics);
  for (const found of findings.contradictions)
    reportContradiction(found, { root, value, catalog, schema }, diagnostics);
  for (const { kind, path } of findings.uses.filter((use) => !catalog.kinds.has(use.kind))) {
    const message = `No plugin listed under \`plugins\` opens the kind \`${kind}\`.`;
    diagnostics.error("LLMSPELL_E_KIND_UNKNOWN", message, placeAt(root, path));
  }
  for (const { kind, name, path } of findings.uses) {
    if (catalog.implementations.get(kind)?.get(name)?.stability !== "deprecated") continue;
    const message = `The ${kind} \`${name}\` is deprecated: a later version of its plugin will not have it.`;
    const hint = catalog.implementations.get(kind)?.get(name)?.description;
    diagnostics.warn("LLMSPELL_E_IMPLEMENTATION_DEPRECATED", message, placeAt(root, path), hint);
  }
  warnOfNearKeys(findings.uses, root, catalog, diagnostics);
  for (const reference of findings.references) checkReference(reference, findings, catalog, root, diagnostics);
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
    // Compiling finds what is wrong with a schema; checking it against the meta-schema first would cost 20 ms more.
    validateSchema: false,
    // The validator runs once; optimising its code takes longer than running it as it is.
    code: { optimize: false },
  });
  formats.default(ajv);
  return ajv;
}

function compile(ajv: Ajv, schema: JsonSchema, diagnostics: Diagnostics): ValidateFunction | undefined {
  try {
    return ajv.compile(schema);
  } catch (error) {
    const problem = messageOf(error);
    const where = placesOf(/unknown keyword: "([^"]+)"/.exec(problem)?.[1], schema);
    const message = `The schemas of the plugins do not compile: ${problem}${where === "" ? "" : `, in ${where}`}.`;
    const hint = "This is a fault of a plugin, not of the configuration.";
    diagnostics.error("LLMSPELL_E_PLUGIN_SCHEMA", message, undefined, hint);
    return undefined;
  }
}

/** The sections and implementations whose schema uses a keyword. */
function placesOf(keyword: string | undefined, { properties = {}, definitions = {} }: JsonSchema): string {
  const schemas = Object.entries({ ...properties, ...definitions });
  const using = schemas.filter(([, schema]) => JSON.stringify(schema).includes(`"${keyword}":`));
  return using.map(([name]) => `\`${name}\``).join(", ");
}

/** A value that several branches of the schema look at is noted once for each. */
function dedupe<Found extends { readonly path: readonly unknown[] }>(found: readonly Found[]): Found[] {
  return [...new Map(found.map((item) => [JSON.stringify(item), item])).values()];
}

/** The findings, each once, without those about values that could not be resolved, which is reported already. */
function settled(
  { uses, references, locations, problems, contradictions, defined }: Findings,
  root: ConfigMap,
): Findings {
  const isResolved = ({ path }: { readonly path: ConfigPath }) => {
    const node = nodeAt(root, path);
    const scalar = node.kind === "map" ? node.entries.get("use")?.node : node;
    return !(scalar?.kind === "scalar" && scalar.isUnresolved === true);
  };
  return {
    uses: dedupe(uses).filter(isResolved),
    references: dedupe(references).filter(isResolved),
    locations: dedupe(locations).filter(isResolved),
    problems: dedupe(problems).filter(isResolved),
    contradictions: contradictions.filter(({ path, less, more }) =>
      [less, more].every((key) => isResolved({ path: [...path, key] })),
    ),
    defined,
  };
}

function reportProblem(problem: FoundProblem, root: ConfigMap, diagnostics: Diagnostics): void {
  const node = nodeAt(root, problem.path);
  if (node.kind === "scalar" && node.environment !== undefined) {
    // What is wrong with the text would quote from it.
    const message = `${problem.summary ?? "This is not valid"} with the value of ${node.environment.join(", ")} in it.`;
    diagnostics.error(problem.code, message, node.place);
    return;
  }
  const isInside = node.kind === "scalar" && problem.offset !== undefined;
  const place = isInside ? placeWithin(node, problem.offset ?? 0) : placeAt(root, problem.path);
  diagnostics.error(problem.code, problem.message, place, problem.hint);
}

function reportContradiction(
  { path, less, more, isLevel, isError, reason }: FoundContradiction,
  subject: Subject,
  diagnostics: Diagnostics,
): void {
  const shown = (key: string) => show(valueAt(subject.value, [...path, key]), [...path, key], subject);
  const place = [...path, less];
  const relation = isLevel ? "is not more than" : "is less than";
  const message = `${subjectOf(place)} ${relation} \`${more}\`: ${shown(less)} against ${shown(more)}.`;
  const report = isError ? diagnostics.error : diagnostics.warn;
  report.call(diagnostics, "LLMSPELL_E_CONFIG_CONTRADICTION", message, placeAt(subject.root, place), reason);
}

function checkReference(
  { word, name, path, isKey, reason }: FoundReference,
  findings: Findings,
  catalog: Catalog,
  root: ConfigMap,
  diagnostics: Diagnostics,
): void {
  const known = new Set([...(findings.defined.get(word) ?? []), ...(catalog.names.get(word) ?? [])]);
  if (known.has(name)) return;
  const readable = word.replaceAll("-", " ");
  const node = nodeAt(root, path);
  const environment = !isKey && node.kind === "scalar" ? node.environment : undefined;
  const shown = environment === undefined ? `\`${name}\`` : `of the name in ${environment.join(", ")}`;
  const message = `There is no ${readable} ${shown}.`;
  const all = known.size === 0 ? `No ${readable} is declared.` : `There is ${listNames([...known], "and")}.`;
  const place = placeAt(root, path, isKey ? "key" : "value");
  const hint = didYouMean(name, [...known]) ?? all;
  diagnostics.error("LLMSPELL_E_REFERENCE_UNKNOWN", message, place, reason === undefined ? hint : `${hint} ${reason}`);
}
