import type { ErrorCode } from "@llmspell/base";
import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean, enumerate, listNames, nearest } from "../diagnostics/suggestion.ts";
import { type ConfigNode, type ConfigPath, formatPath, isWritten, nodeAt, placeAt } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import type { JsonSchema } from "./json-schema.ts";
import { pathOfPointer, valueAt } from "./vocabulary.ts";

/** One configuration under validation, as the wording of its errors needs it. */
export interface Subject {
  readonly root: ConfigNode;
  readonly value: unknown;
  readonly catalog: Catalog;
  /** The schema it was validated against; `$ref`s in errors lead into its `definitions`. */
  readonly schema: JsonSchema;
}

/** What a schema error means to the person who wrote the YAML. */
interface Explanation {
  readonly code: ErrorCode;
  readonly message: string;
  readonly hint?: string | undefined;
  readonly path: ConfigPath;
  readonly part?: "key" | "value";
}

/** Turns ajv's errors into diagnostics, each once, without those that only repeat another. */
export function explainErrors(errors: readonly ErrorObject[], subject: Subject): Diagnostic[] {
  const choices = errors.filter(({ keyword }) => COMPOSITES.has(keyword));
  const branches = new Set(choices.flatMap((choice) => branchErrors(choice, errors, subject)));
  return errors
    .filter((error) => error.keyword !== "if" && (!branches.has(error) || error.keyword === "propertyNames"))
    .filter((error) => error.propertyName === undefined && !isUnresolved(error, subject))
    .map((error) => {
      const { path, part, ...rest } = explain(error, errors, subject);
      return { severity: "error", ...rest, place: placeAt(subject.root, path, part) };
    });
}

function isUnresolved({ instancePath }: ErrorObject, { root, value }: Subject): boolean {
  const node = nodeAt(root, pathOfPointer(instancePath, value));
  return node.kind === "scalar" && node.isUnresolved === true;
}

const COMPOSITES = new Set(["anyOf", "oneOf"]);

/** The errors that a choice between schemas sums up. ajv names those behind a `$ref` by the reference's path. */
function branchErrors(choice: ErrorObject, errors: readonly ErrorObject[], { schema }: Subject): ErrorObject[] {
  const schemas = new Set<unknown>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null || schemas.has(node)) return;
    schemas.add(node);
    for (const [key, value] of Object.entries(node)) {
      visit(key === "$ref" ? schema.definitions?.[String(value).replace("#/definitions/", "")] : value);
    }
  };
  visit(choice.schema);
  const isInside = ({ instancePath }: ErrorObject) => `${instancePath}/`.startsWith(`${choice.instancePath}/`);
  return errors.filter((error) => error !== choice && schemas.has(error.parentSchema) && isInside(error));
}

const LIMITS: Readonly<Record<string, string>> = {
  minimum: "at least",
  exclusiveMinimum: "above",
  maximum: "at most",
  exclusiveMaximum: "below",
};

const SIZES: Readonly<Record<string, readonly [string, string]>> = {
  minItems: ["at least", "item"],
  maxItems: ["at most", "item"],
  minLength: ["at least", "character"],
  maxLength: ["at most", "character"],
  minProperties: ["at least", "key"],
  maxProperties: ["at most", "key"],
};

function explain(error: ErrorObject, errors: readonly ErrorObject[], subject: Subject): Explanation {
  const path = pathOfPointer(error.instancePath, subject.value);
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  const limit = (error.params as { readonly limit?: number }).limit;
  if (COMPOSITES.has(error.keyword)) return explainChoice(error, errors, schema, path, subject);
  if (error.keyword in LIMITS) return outOfRange(`${LIMITS[error.keyword]} ${limit}`, path, subject);
  const size = SIZES[error.keyword];
  if (size !== undefined) return outOfRange(`${size[0]} ${counted(limit ?? 0, size[1])}`, path, subject);
  switch (error.keyword) {
    case "additionalProperties":
      return unknownKey(String(error.params["additionalProperty"]), schema, path, subject);
    case "required":
      return missingKey(String(error.params["missingProperty"]), schema, path);
    case "propertyNames":
      return badName(String(error.params["propertyName"]), errors, path);
    case "uniqueItems":
      return twice(error.params["i"] as number, error.params["j"] as number, path);
    case "enum":
    case "const":
      return notAllowed(error, path, subject);
    case "type":
    case "pattern":
    case "format":
      return wrongType(error, schema, path, subject);
    default:
      return {
        code: "LLMSPELL_E_CONFIG_VALUE",
        message: `${subjectOf(path)} ${error.message ?? "is not valid"}.`,
        path,
      };
  }
}

function unknownKey(key: string, schema: JsonSchema, path: ConfigPath, subject: Subject): Explanation {
  const code = "LLMSPELL_E_CONFIG_UNKNOWN_KEY";
  const place = { path: [...path, key], part: "key" } as const;
  const known = Object.keys(schema.properties ?? {});
  if (schema["x-root"] === true) {
    const message = `No plugin listed under \`plugins\` owns the section \`${key}\`.`;
    const others = `The top-level keys here are: ${listNames(known, "and")}.`;
    return { code: "LLMSPELL_E_SECTION_UNKNOWN", message, hint: didYouMean(key, known) ?? others, ...place };
  }
  const renames = new Map(Object.entries(schema["x-renamed"] ?? {}));
  const renamed = renames.get(key);
  if (renamed !== undefined) {
    return { code, message: `\`${key}\` is called \`${renamed}\` here.`, hint: `Write \`${renamed}\`.`, ...place };
  }
  const owner = schema["x-implementation"] as { readonly kind: string; readonly name: string } | undefined;
  const whose = owner === undefined ? subjectOf(path) : `${owner.kind} \`${owner.name}\``;
  const message = `${whose} has no key \`${key}\`.`;
  const elsewhere = owner === undefined ? undefined : optionOfAnother(key, owner.kind, subject.catalog);
  const all = known.length === 0 ? "It has no keys." : `Its keys are: ${listNames(known, "and")}.`;
  return { code, message, hint: didYouMean(key, known) ?? elsewhere ?? all, ...place };
}

function optionOfAnother(key: string, kind: string, catalog: Catalog): string | undefined {
  const owners = [...(catalog.implementations.get(kind)?.values() ?? [])]
    .filter(({ options }) => Object.hasOwn(options.properties ?? {}, key))
    .map(({ name }) => name);
  return owners.length === 0 ? undefined : `\`${key}\` is an option of ${kind} ${listNames(owners)}.`;
}

function missingKey(key: string, schema: JsonSchema, path: ConfigPath): Explanation {
  const { description } = schema.properties?.[key] ?? {};
  const hint = typeof description === "string" ? `\`${key}\`: ${description}` : undefined;
  return {
    code: "LLMSPELL_E_CONFIG_MISSING_KEY",
    message: `${subjectOf(path)} needs the key \`${key}\`.`,
    hint,
    path,
    part: "key",
  };
}

function badName(name: string, errors: readonly ErrorObject[], path: ConfigPath): Explanation {
  const cause = errors.find((error) => error.propertyName === name);
  const expected = expectationOf((cause?.parentSchema ?? {}) as JsonSchema) ?? cause?.message ?? "another form";
  const message = `\`${name}\` cannot be a name here: expected ${expected}.`;
  return { code: "LLMSPELL_E_CONFIG_NAME", message, path: [...path, name], part: "key" };
}

function twice(one: number, other: number, path: ConfigPath): Explanation {
  const [first, second] = one < other ? [one, other] : [other, one];
  const message = `\`${formatPath([...path, second])}\` repeats \`${formatPath([...path, first])}\`; each item stands once.`;
  return { code: "LLMSPELL_E_CONFIG_VALUE", message, path: [...path, second] };
}

function notAllowed(error: ErrorObject, path: ConfigPath, subject: Subject): Explanation {
  const { allowedValues, allowedValue } = error.params as { allowedValues?: unknown[]; allowedValue?: unknown };
  const names = (allowedValues ?? [allowedValue]).map(String);
  const found = valueAt(subject.value, path);
  const message = `${subjectOf(path)} must be ${enumerate(names)}; found ${show(found, path, subject)}.`;
  return { code: "LLMSPELL_E_CONFIG_VALUE", message, hint: didYouMean(String(found), names), path };
}

function wrongType(error: ErrorObject, schema: JsonSchema, path: ConfigPath, subject: Subject): Explanation {
  const expected = expectationOf(schema) ?? describeExpectation(error);
  const value = valueAt(subject.value, path);
  const message = `${subjectOf(path)} must be ${expected}; found ${show(value, path, subject)}.`;
  const code = error.keyword === "type" ? "LLMSPELL_E_CONFIG_TYPE" : "LLMSPELL_E_CONFIG_VALUE";
  return { code, message, hint: unitHint(schema, value) ?? quoteHint(error, path, subject), path };
}

function expectationOf(schema: JsonSchema): string | undefined {
  return typeof schema["x-expected"] === "string" ? schema["x-expected"] : undefined;
}

function describeExpectation({ keyword, params }: ErrorObject): string {
  if (keyword === "pattern") return `a string that matches ${String(params["pattern"])}`;
  if (keyword === "format") return `a valid ${String(params["format"])}`;
  const types = [params["type"] as string | readonly string[]].flat();
  return types.map((type) => TYPE_NAMES[type] ?? type).join(" or ");
}

const TYPE_NAMES: Readonly<Record<string, string>> = {
  object: "a map",
  array: "a list",
  string: "a string",
  integer: "a whole number",
  number: "a number",
  boolean: "true or false",
  null: "null",
};

/** A bare number where a unit belongs is the commonest slip. */
function unitHint(schema: JsonSchema, value: unknown): string | undefined {
  if (typeof value !== "number") return undefined;
  const expected = expectationOf(schema) ?? "";
  if (expected.startsWith("a duration")) return `Write the unit: \`${value}ms\` or \`${value}s\`.`;
  if (expected.startsWith("a size")) return `Write the unit: \`${value}B\` or \`${value}MiB\`.`;
  return expected.startsWith("a rate") ? `Write the unit: \`${value}/s\` or \`${value}/m\`.` : undefined;
}

function quoteHint({ keyword, params }: ErrorObject, path: ConfigPath, { root }: Subject): string | undefined {
  const node = nodeAt(root, path);
  const isRead = node.kind === "scalar" && node.isPlain && node.environment !== undefined;
  return keyword === "type" && params["type"] === "string" && isRead ? "Quote it to keep it a string." : undefined;
}

function outOfRange(bound: string, path: ConfigPath, subject: Subject): Explanation {
  const value = valueAt(subject.value, path);
  const size = sizeOf(value) ?? show(value, path, subject);
  const verb = /item|character|key/.test(bound) ? "must have" : "must be";
  return { code: "LLMSPELL_E_CONFIG_RANGE", message: `${subjectOf(path)} ${verb} ${bound}; found ${size}.`, path };
}

function sizeOf(value: unknown): string | undefined {
  if (Array.isArray(value)) return counted(value.length, "item");
  return typeof value === "object" && value !== null ? counted(Object.keys(value).length, "key") : undefined;
}

function counted(count: number, noun: string): string {
  return `${count} ${noun}${count === 1 ? "" : "s"}`;
}

function explainChoice(
  error: ErrorObject,
  errors: readonly ErrorObject[],
  schema: JsonSchema,
  path: ConfigPath,
  subject: Subject,
): Explanation {
  const kind = schema["x-use"];
  if (typeof kind === "string") return unknownImplementation(kind, path, subject);
  if (error.params["passingSchemas"] !== undefined && error.params["passingSchemas"] !== null) {
    const keys = ((schema["oneOf"] ?? []) as readonly JsonSchema[]).flatMap(({ required = [] }) => required);
    const message = `${subjectOf(path)} may have only one of the keys ${listNames(keys, "and")}.`;
    return { code: "LLMSPELL_E_CONFIG_VALUE", message, path };
  }
  const branches = branchErrors(error, errors, subject);
  const missing = branches.filter(({ keyword }) => keyword === "required");
  if (missing.length === branches.length && missing.length > 0) {
    const keys = [...new Set(missing.map(({ params }) => String(params["missingProperty"])))];
    const message = `${subjectOf(path)} needs one of the keys ${listNames(keys)}.`;
    return { code: "LLMSPELL_E_CONFIG_MISSING_KEY", message, path, part: "key" };
  }
  const ownType = branches.filter(({ instancePath }) => instancePath === error.instancePath);
  const expected = expectationOf(schema) ?? [...new Set(ownType.map(describeBranch))].join(", or ");
  const value = valueAt(subject.value, path);
  const hint = ownType
    .map(({ parentSchema }) => unitHint(parentSchema ?? {}, value))
    .find((each) => each !== undefined);
  const message = `${subjectOf(path)} must be ${expected}; found ${show(value, path, subject)}.`;
  return { code: "LLMSPELL_E_CONFIG_VALUE", message, hint, path };
}

function describeBranch(error: ErrorObject): string {
  const expected = expectationOf((error.parentSchema ?? {}) as JsonSchema);
  if (expected !== undefined) return expected;
  if (error.keyword === "enum") return enumerate((error.params["allowedValues"] as unknown[]).map(String));
  if (error.keyword === "const") return `\`${String(error.params["allowedValue"])}\``;
  return error.keyword === "type" ? describeExpectation(error) : (error.message ?? "valid");
}

function unknownImplementation(kind: string, path: ConfigPath, { root, value, catalog }: Subject): Explanation {
  const name = String(valueAt(value, path));
  const implementations = catalog.implementations.get(kind);
  const names = [...(implementations?.keys() ?? [])];
  const found = implementations?.get(name);
  if (found !== undefined) {
    const needed = [...(catalog.kinds.get(kind)?.contract.required ?? []), ...(found.options.required ?? [])];
    const message = `${kind} \`${name}\` needs ${listNames(needed, "and")}, so its name alone is not enough.`;
    const hint = `Write \`{ use: ${name}, ${needed.map((key) => `${key}: …`).join(", ")} }\`.`;
    return { code: "LLMSPELL_E_CONFIG_MISSING_KEY", message, hint, path };
  }
  if (!isWritten(root, path)) {
    const message = `No plugin listed under \`plugins\` provides the ${kind} \`${name}\`, the default of \`${path.at(-1)}\`.`;
    const hint = "List its plugin, or choose another.";
    return { code: "LLMSPELL_E_IMPLEMENTATION_UNKNOWN", message, hint, path: path.slice(0, 1), part: "key" };
  }
  const message = `There is no ${kind} \`${name}\`.`;
  const all =
    names.length === 0 ? "No plugin listed under `plugins` provides one." : `There is ${listNames(names, "and")}.`;
  const hint = nearest(name, names) === undefined ? all : didYouMean(name, names);
  return { code: "LLMSPELL_E_IMPLEMENTATION_UNKNOWN", message, hint, path };
}

function subjectOf(path: ConfigPath): string {
  return path.length === 0 ? "The configuration" : `\`${formatPath(path)}\``;
}

/** A value as messages show it; what came from the environment is named instead. */
function show(value: unknown, path: ConfigPath, { root }: Subject): string {
  const node = nodeAt(root, path);
  if (node.kind === "scalar" && node.environment !== undefined) return `the value of ${node.environment.join(", ")}`;
  if (value === null || value === undefined) return "nothing";
  if (Array.isArray(value)) return "a list";
  if (typeof value === "object") return "a map";
  return typeof value === "string" ? JSON.stringify(shortened(value)) : String(value);
}

/** Longer texts would bury the sentence that quotes them. */
const LONGEST_QUOTE = 60;

function shortened(text: string): string {
  return text.length <= LONGEST_QUOTE ? text : `${text.slice(0, LONGEST_QUOTE - 1)}…`;
}
