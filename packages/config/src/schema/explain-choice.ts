import type { ErrorObject } from "ajv";
import { didYouMean, enumerate, listNames, nearest } from "../diagnostics/suggestion.ts";
import { type ConfigPath, isWritten, nodeAt } from "../reading/config-node.ts";
import type { JsonSchema } from "./json-schema.ts";
import { valueAt } from "./vocabulary.ts";
import {
  describeExpectation,
  type Explanation,
  expectationOf,
  type Subject,
  show,
  subjectOf,
  unitHint,
} from "./wording.ts";

/** The keywords that offer a choice between schemas. */
export const COMPOSITES = new Set(["anyOf", "oneOf"]);

/** The errors that a choice between schemas sums up. */
export function branchErrors(choice: ErrorObject, errors: readonly ErrorObject[], subject: Subject): ErrorObject[] {
  return errorsUnder(choice.schema, choice, errors, subject);
}

/**
 * The errors of the one alternative that a value was meant to be, when only one is right about what the value itself
 * is, and wrong about what is in it.
 */
export function meantErrors(choice: ErrorObject, errors: readonly ErrorObject[], subject: Subject): ErrorObject[] {
  const isAboutContent = ({ instancePath, keyword }: ErrorObject) =>
    instancePath !== choice.instancePath || keyword === "additionalProperties" || keyword === "propertyNames";
  const meant = (choice.schema as readonly unknown[])
    .map((branch) => errorsUnder(branch, choice, errors, subject))
    .filter((found) => found.length > 0 && found.every(isAboutContent));
  return meant.length === 1 ? (meant[0] ?? []) : [];
}

/** The errors of a part of a choice's schema. ajv names those behind a `$ref` by the reference's path. */
function errorsUnder(
  part: unknown,
  choice: ErrorObject,
  errors: readonly ErrorObject[],
  { schema }: Subject,
): ErrorObject[] {
  const schemas = new Set<unknown>();
  const visit = (node: unknown): void => {
    if (typeof node !== "object" || node === null || schemas.has(node)) return;
    schemas.add(node);
    for (const [key, value] of Object.entries(node)) {
      visit(key === "$ref" ? schema.definitions?.[String(value).replace("#/definitions/", "")] : value);
    }
  };
  visit(part);
  const isInside = ({ instancePath }: ErrorObject) => `${instancePath}/`.startsWith(`${choice.instancePath}/`);
  return errors.filter((error) => error !== choice && schemas.has(error.parentSchema) && isInside(error));
}

/** What is wrong where none of several schemas fits, or too many. */
export function explainChoice(
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
  const node = nodeAt(root, path);
  const environment = node.kind === "scalar" ? node.environment : undefined;
  const shown = environment === undefined ? `\`${name}\`` : `of the name in ${environment.join(", ")}`;
  const message = `There is no ${kind} ${shown}.`;
  const all =
    names.length === 0 ? "No plugin listed under `plugins` provides one." : `There is ${listNames(names, "and")}.`;
  const hint = nearest(name, names) === undefined ? all : didYouMean(name, names);
  return { code: "LLMSPELL_E_IMPLEMENTATION_UNKNOWN", message, hint, path };
}
