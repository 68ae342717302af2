import type { ErrorObject } from "ajv";
import { didYouMean, enumerate, listNames, nearest } from "../diagnostics/suggestion.ts";
import { type ConfigPath, isWritten, nodeAt } from "../reading/config-node.ts";
import type { JsonSchema } from "./json-schema.ts";
import { branchErrors } from "./meant-branch.ts";
import { valueAt } from "./vocabulary.ts";
import {
  describeExpectation,
  describeLimit,
  type Explanation,
  expectationOf,
  type Subject,
  show,
  subjectOf,
  unitHint,
} from "./wording.ts";

/** The keywords that offer a choice between schemas. */
export const COMPOSITES = new Set(["anyOf", "oneOf"]);

/** A map with more keys than this is not told by them. */
const MOST_KEYS = 5;

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
  // What a choice within the choice is between is there beside it.
  const ownType = branches.filter(
    ({ instancePath, keyword }) => instancePath === error.instancePath && !COMPOSITES.has(keyword),
  );
  const described = new Set(ownType.map(describeBranch).filter((each) => each !== undefined));
  const expected = expectationOf(schema) ?? ([...described].join(", or ") || "something else");
  const value = valueAt(subject.value, path);
  const unit = ownType
    .map(({ parentSchema }) => unitHint(parentSchema ?? {}, value))
    .find((each) => each !== undefined);
  const hint = unit ?? keyThatWasMeant(ownType);
  const message = `${subjectOf(path)} must be ${expected}; found ${found(value, path, subject)}.`;
  return { code: "LLMSPELL_E_CONFIG_VALUE", message, hint, path };
}

/** A map's keys say which alternative it is; without them "a map" would not tell what is wrong. */
function found(value: unknown, path: ConfigPath, subject: Subject): string {
  const shown = show(value, path, subject);
  const keys = shown === "a map" ? Object.keys(value as object) : [];
  if (shown === "a map" && keys.length === 0) return "an empty map";
  return keys.length === 0 || keys.length > MOST_KEYS ? shown : `${shown} with ${listNames(keys, "and")}`;
}

/** For a key that no alternative has, the one of all their keys that is nearest to it. */
function keyThatWasMeant(errors: readonly ErrorObject[]): string | undefined {
  const unknown = errors.filter(({ keyword }) => keyword === "additionalProperties");
  const known = unknown.flatMap(({ parentSchema }) => Object.keys((parentSchema as JsonSchema).properties ?? {}));
  return unknown
    .map(({ params }) => String(params["additionalProperty"]))
    .filter((key) => !known.includes(key))
    .map((key) => didYouMean(key, known))
    .find((each) => each !== undefined);
}

/** What an alternative asks for, as far as words are known for it; never the validator's own. */
function describeBranch(error: ErrorObject): string | undefined {
  const expected = expectationOf((error.parentSchema ?? {}) as JsonSchema);
  if (expected !== undefined) return expected;
  if (error.keyword === "enum") return enumerate((error.params["allowedValues"] as unknown[]).map(String));
  if (error.keyword === "const") return `\`${String(error.params["allowedValue"])}\``;
  if (isAboutMap(error)) return mapWith(((error.parentSchema ?? {}) as JsonSchema).required ?? []);
  if (["type", "pattern", "format"].includes(error.keyword)) return describeExpectation(error);
  const limit = describeLimit(error);
  return limit !== undefined && error.keyword.endsWith("imum") ? `a number ${limit}` : limit;
}

function isAboutMap({ keyword, params }: ErrorObject): boolean {
  if (keyword === "type") return params["type"] === "object";
  return keyword === "required" || keyword === "additionalProperties" || keyword === "propertyNames";
}

function mapWith(required: readonly string[]): string {
  return required.length === 0 ? "a map" : `a map with ${listNames(required, "and")}`;
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
