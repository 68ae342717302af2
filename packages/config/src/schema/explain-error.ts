import type { ErrorObject } from "ajv";
import type { Diagnostic } from "../diagnostics/diagnostic.ts";
import { didYouMean, enumerate, listNames } from "../diagnostics/suggestion.ts";
import { type ConfigPath, formatPath, isWritten, nodeAt, placeAt } from "../reading/config-node.ts";
import type { Catalog } from "./catalog.ts";
import { COMPOSITES, explainChoice } from "./explain-choice.ts";
import type { JsonSchema } from "./json-schema.ts";
import { branchErrors, meantErrors } from "./meant-branch.ts";
import { pathOfPointer, valueAt } from "./vocabulary.ts";
import {
  describeExpectation,
  describeLimit,
  type Explanation,
  expectationOf,
  reasonOf,
  type Subject,
  show,
  sizeOf,
  subjectOf,
  unitHint,
} from "./wording.ts";

/** Turns ajv's errors into diagnostics, each once, without those that only repeat another. */
export function explainErrors(errors: readonly ErrorObject[], subject: Subject): Diagnostic[] {
  const choices = errors.filter(({ keyword }) => COMPOSITES.has(keyword));
  const summed = new Set<ErrorObject>();
  for (const choice of choices) {
    const meant = meantErrors(choice, errors, subject);
    if (meant.length > 0) summed.add(choice);
    for (const error of branchErrors(choice, errors, subject)) if (!meant.includes(error)) summed.add(error);
  }
  return errors
    .filter((error) => error.keyword !== "if" && !summed.has(error))
    .filter((error) => error.propertyName === undefined && !isUnresolved(error, subject))
    .filter((error) => !isNarrower(error, errors))
    .map((error) => {
      const { path, part, hint, ...rest } = explain(error, errors, subject);
      const reason = reasonOf((error.parentSchema ?? {}) as JsonSchema);
      return { severity: "error", ...rest, hint: reason ?? hint, place: placeAt(subject.root, path, part) };
    });
}

/** A choice that is narrowed for a reason; of a value that is no choice at all it says nothing new. */
function isNarrower({ keyword, instancePath, parentSchema }: ErrorObject, errors: readonly ErrorObject[]): boolean {
  if (keyword !== "enum" || reasonOf(parentSchema as JsonSchema) === undefined) return false;
  return errors.some(
    (other) =>
      other.keyword === "enum" &&
      other.instancePath === instancePath &&
      reasonOf(other.parentSchema as JsonSchema) === undefined,
  );
}

function isUnresolved({ instancePath }: ErrorObject, { root, value }: Subject): boolean {
  const node = nodeAt(root, pathOfPointer(instancePath, value));
  return node.kind === "scalar" && node.isUnresolved === true;
}

function explain(error: ErrorObject, errors: readonly ErrorObject[], subject: Subject): Explanation {
  const path = pathOfPointer(error.instancePath, subject.value);
  const schema = (error.parentSchema ?? {}) as JsonSchema;
  if (COMPOSITES.has(error.keyword)) return explainChoice(error, errors, schema, path, subject);
  const limit = describeLimit(error);
  if (limit !== undefined) return outOfRange(limit, path, subject);
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
    case "not":
      return notWanted(error, path);
    default:
      return unexplained(error, path);
  }
}

function unexplained({ message = "is not valid" }: ErrorObject, path: ConfigPath): Explanation {
  return { code: "LLMSPELL_E_CONFIG_VALUE", message: `${subjectOf(path)} ${message}.`, path };
}

/** `not: {}` forbids a key, whatever its value. */
function notWanted(error: ErrorObject, path: ConfigPath): Explanation {
  if (Object.keys((error.schema ?? {}) as object).length > 0) return unexplained(error, path);
  return { code: "LLMSPELL_E_CONFIG_VALUE", message: `${subjectOf(path)} has no place here.`, path, part: "key" };
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
  const verb = isWritten(subject.root, path) ? "found" : "by default it is";
  const message = `${subjectOf(path)} must be ${enumerate(names)}; ${verb} ${show(found, path, subject)}.`;
  return { code: "LLMSPELL_E_CONFIG_VALUE", message, hint: didYouMean(String(found), names), path };
}

function wrongType(error: ErrorObject, schema: JsonSchema, path: ConfigPath, subject: Subject): Explanation {
  const expected = expectationOf(schema) ?? describeExpectation(error);
  const value = valueAt(subject.value, path);
  const message = `${subjectOf(path)} must be ${expected}; found ${show(value, path, subject)}.`;
  const code = error.keyword === "type" ? "LLMSPELL_E_CONFIG_TYPE" : "LLMSPELL_E_CONFIG_VALUE";
  const hint = unitHint(schema, value) ?? quoteHint(error, path, subject) ?? listHint(error, value, path, subject);
  return { code, message, hint, path };
}

/** A single name where a list of names belongs. */
function listHint(
  { keyword, params }: ErrorObject,
  value: unknown,
  path: ConfigPath,
  { root }: Subject,
): string | undefined {
  const node = nodeAt(root, path);
  if (keyword !== "type" || params["type"] !== "array" || node.kind !== "scalar") return undefined;
  const isShowable = node.environment === undefined && typeof value === "string" && /^[\w.-]+$/.test(value);
  return isShowable ? `Write \`[${value}]\`.` : undefined;
}

function quoteHint({ keyword, params }: ErrorObject, path: ConfigPath, { root }: Subject): string | undefined {
  const node = nodeAt(root, path);
  if (keyword !== "type" || node.kind !== "scalar" || node.environment === undefined) return undefined;
  const wantsString = params["type"] === "string";
  if (node.isPlain) return wantsString ? "Quote it to keep it a string." : undefined;
  return wantsString
    ? undefined
    : "Without quotes, on a line of its own, a reference is read as a number or true or false.";
}

function outOfRange(bound: string, path: ConfigPath, subject: Subject): Explanation {
  const value = valueAt(subject.value, path);
  const size = sizeOf(value) ?? show(value, path, subject);
  const verb = /item|character|key/.test(bound) ? "must have" : "must be";
  return { code: "LLMSPELL_E_CONFIG_RANGE", message: `${subjectOf(path)} ${verb} ${bound}; found ${size}.`, path };
}
