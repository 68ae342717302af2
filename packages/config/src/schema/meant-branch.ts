import type { ErrorObject } from "ajv";
import type { JsonSchema } from "./json-schema.ts";
import { pathOfPointer, valueAt } from "./vocabulary.ts";
import type { Subject } from "./wording.ts";

/** Keywords whose schemas are about the same value as the schema that they stand in. */
const SAME_VALUE = new Set(["$ref", "allOf", "anyOf", "oneOf", "not", "if", "then", "else"]);

/** Errors of a map about its keys: it has the right form, and not the right content. */
const ABOUT_KEYS = new Set(["additionalProperties", "propertyNames", "required"]);

/** The errors that a choice between schemas sums up. */
export function branchErrors(choice: ErrorObject, errors: readonly ErrorObject[], subject: Subject): ErrorObject[] {
  return errorsUnder(choice.schema, choice, errors, subject);
}

/**
 * The errors of the one alternative that a value was meant to be: when only one is right about what the value itself is, and
 * wrong about what is in it; or, of a map, the one that knows most of its keys. None when that cannot be told.
 */
export function meantErrors(choice: ErrorObject, errors: readonly ErrorObject[], subject: Subject): ErrorObject[] {
  const isAboutContent = ({ instancePath, keyword }: ErrorObject) =>
    instancePath !== choice.instancePath || keyword === "additionalProperties" || keyword === "propertyNames";
  const branches = alternativesOf(choice.schema as readonly JsonSchema[], subject)
    .map((branch) => errorsUnder(branch, choice, errors, subject))
    .filter((found) => found.length > 0);
  const meant = branches.filter((found) => found.every(isAboutContent));
  if (meant.length === 1) return meant[0] ?? [];
  return isImplementation(choice) ? [] : nearestForm(branches, choice, subject);
}

/** Which plugin's implementation was meant is told by its name alone. */
function isImplementation({ parentSchema }: ErrorObject): boolean {
  return (parentSchema as JsonSchema | undefined)?.["x-use"] !== undefined;
}

/** The alternative of which a map has more keys than of any other, or as many and lacks fewer. */
function nearestForm(
  branches: readonly (readonly ErrorObject[])[],
  { instancePath }: ErrorObject,
  { value }: Subject,
): ErrorObject[] {
  const map = valueAt(value, pathOfPointer(instancePath, value));
  if (typeof map !== "object" || map === null || Array.isArray(map)) return [];
  const keys = Object.keys(map).length;
  const forms = branches
    .map((found) => ({ found, own: found.filter((error) => error.instancePath === instancePath) }))
    .filter(({ own }) => own.every(({ keyword }) => ABOUT_KEYS.has(keyword)))
    .map(({ found, own }) => {
      const count = (wanted: string) => own.filter(({ keyword }) => keyword === wanted).length;
      return { found, known: keys - count("additionalProperties"), missing: count("required") };
    })
    .filter(({ known }) => known > 0)
    .sort((left, right) => right.known - left.known || left.missing - right.missing);
  const [first, second] = forms;
  if (first === undefined) return [];
  const isClear = second === undefined || first.known > second.known || first.missing < second.missing;
  return isClear ? [...first.found] : [];
}

/** What a choice is between, and for what is but another choice, what that is between. */
function alternativesOf(branches: readonly JsonSchema[], subject: Subject): readonly JsonSchema[] {
  return branches.flatMap((branch) => {
    const resolved = definitionOf(branch["$ref"], subject) ?? branch;
    const nested = (resolved["oneOf"] ?? resolved["anyOf"]) as readonly JsonSchema[] | undefined;
    const isOnlyChoice = nested !== undefined && !("type" in resolved) && !("properties" in resolved);
    return isOnlyChoice && !("required" in resolved) ? alternativesOf(nested, subject) : [branch];
  });
}

function definitionOf(reference: unknown, { schema }: Subject): JsonSchema | undefined {
  return schema.definitions?.[String(reference).replace("#/definitions/", "")];
}

/**
 * The errors of a part of a choice's schema. ajv names those behind a `$ref` by the reference's path, so a definition that
 * is used for the value and for something in it is told apart by where the error is.
 */
function errorsUnder(
  part: unknown,
  choice: ErrorObject,
  errors: readonly ErrorObject[],
  subject: Subject,
): ErrorObject[] {
  const ofValue = new Set<unknown>();
  const ofContent = new Set<unknown>();
  const visit = (node: unknown, seen: Set<unknown>): void => {
    if (typeof node !== "object" || node === null || seen.has(node)) return;
    seen.add(node);
    for (const [key, value] of Object.entries(node)) {
      const isSameValue = SAME_VALUE.has(key) || Array.isArray(node);
      visit(key === "$ref" ? definitionOf(value, subject) : value, isSameValue ? seen : ofContent);
    }
  };
  visit(part, ofValue);
  const { instancePath } = choice;
  return errors.filter((error) => {
    if (error === choice || !`${error.instancePath}/`.startsWith(`${instancePath}/`)) return false;
    return (error.instancePath === instancePath ? ofValue : ofContent).has(error.parentSchema);
  });
}
