import { messageOf } from "@llmspell/base";
import { type ExpressionProblem, findExpressionProblem, findTemplateProblem } from "@llmspell/expressions";
import type { Ajv, AnySchemaObject, KeywordDefinition } from "ajv";
import type { DataValidationCxt } from "ajv/dist/types/index.js";
import { didYouMean, enumerate } from "../diagnostics/suggestion.ts";
import type { ConfigPath } from "../reading/config-node.ts";
import { type AscendingKeyword, findDescents } from "./descents.ts";
import { emptyFindings, type Findings, type FoundProblem } from "./findings.ts";
import { findGraphProblems, type GraphKeyword } from "./graph-problems.ts";
import type { JsonSchema } from "./json-schema.ts";
import { reasonOf } from "./wording.ts";

/** Annotations that only messages and generators read. */
const PASSIVE_KEYWORDS = ["x-root", "x-use", "x-implementation", "x-renamed", "x-expected", "x-reason"];

/**
 * Teaches ajv llmspell's annotations (docs/schema-vocabulary.md). They never make a value invalid themselves: each
 * notes what it sees, and `takeFindings` returns the notes of the last validation.
 */
export function addVocabulary(ajv: Ajv): { takeFindings(): Findings } {
  let findings = emptyFindings();
  const observe = <Setting, Data>(
    keyword: string,
    type: KeywordDefinition["type"],
    note: (setting: Setting, data: Data, path: ConfigPath, context: DataValidationCxt, schema: JsonSchema) => void,
  ) => {
    const validate = (setting: Setting, data: Data, schema: AnySchemaObject = {}, context?: DataValidationCxt) => {
      if (context !== undefined) note(setting, data, pathOf(context), context, schema);
      return true;
    };
    ajv.addKeyword({ keyword, ...(type === undefined ? {} : { type }), errors: false, validate });
  };
  const problem = (found: FoundProblem) => findings.problems.push(found);
  const define = (word: string, names: readonly string[]) => {
    const known = findings.defined.get(word);
    findings.defined.set(word, new Set([...(known ?? []), ...names]));
  };

  for (const keyword of PASSIVE_KEYWORDS) ajv.addKeyword(keyword);
  observe<string, unknown>("x-kind", undefined, (kind, data, path) => {
    const name = nameOfUse(data);
    if (name !== undefined) findings.uses.push({ kind, name, path });
  });
  observe<string, string | object>("x-defines", ["string", "object"], (word, data) => {
    define(word, typeof data === "string" ? [data] : Object.keys(data));
  });
  observe<string, string>("x-refers", "string", (word, name, path, context, schema) => {
    const isKey = valueAt(context.rootData, path) !== name;
    findings.references.push({ word, name, path: isKey ? [...path, name] : path, isKey, reason: reasonOf(schema) });
  });
  observe<GraphKeyword, readonly unknown[]>("x-graph", "array", (keyword, list, path) => {
    for (const found of findGraphProblems(list, keyword, path)) problem(found);
  });
  observe<AscendingKeyword, object>("x-ascending", "object", (keyword, object, path, _, schema) => {
    for (const pair of findDescents(object, keyword)) {
      findings.contradictions.push({ ...pair, path, isError: "must" in keyword, reason: reasonOf(schema) });
    }
  });
  observe<readonly string[], string>("x-cel", "string", (variables, source, path) => {
    const found = findExpressionProblem(source, variables);
    if (found !== undefined) problem(expressionProblem("CEL expression", found, variables, path));
  });
  observe<readonly string[], string>("x-template", "string", (variables, source, path) => {
    const found = findTemplateProblem(source, variables);
    if (found !== undefined) problem(expressionProblem("template", found, variables, path));
  });
  observe<boolean | "linear", string>("x-regex", "string", (form, source, path) => {
    const reason = regexProblem(source, form === "linear");
    if (reason === undefined) return;
    const summary = "This is no valid regular expression";
    problem({ code: "LLMSPELL_E_REGEX", message: `${summary}: ${reason}.`, summary, path });
  });
  observe<boolean, string>("x-path", "string", (_, __, path) => findings.locations.push({ form: "path", path }));
  observe<boolean, string>("x-module", "string", (_, __, path) => findings.locations.push({ form: "module", path }));

  return {
    takeFindings() {
      const taken = findings;
      findings = emptyFindings();
      return taken;
    },
  };
}

/** The implementation that a value names: itself, or its `use`. */
export function nameOfUse(value: unknown): string | undefined {
  if (typeof value === "string") return value;
  const isObject = typeof value === "object" && value !== null && "use" in value;
  return isObject && typeof value.use === "string" ? value.use : undefined;
}

/** The value at a path of a plain object; `undefined` where the path leads nowhere. */
export function valueAt(root: unknown, path: ConfigPath): unknown {
  return path.reduce<unknown>((value, step) => {
    if (typeof value !== "object" || value === null) return undefined;
    return (value as Readonly<Record<string | number, unknown>>)[step];
  }, root);
}

/** The steps of a JSON pointer; steps into a list are numbers. */
export function pathOfPointer(pointer: string, root: unknown): ConfigPath {
  const path: (string | number)[] = [];
  let value = root;
  for (const part of pointer.split("/").slice(1)) {
    const step = part.replaceAll("~1", "/").replaceAll("~0", "~");
    path.push(Array.isArray(value) ? Number(step) : step);
    value = valueAt(value, path.slice(-1));
  }
  return path;
}

function pathOf({ instancePath, rootData }: DataValidationCxt): ConfigPath {
  return pathOfPointer(instancePath, rootData);
}

function expressionProblem(
  what: string,
  { message, offset }: ExpressionProblem,
  variables: readonly string[],
  path: ConfigPath,
): FoundProblem {
  const unknown = /^Unknown variable: (.*)$/.exec(message)?.[1];
  const all = `The variables here are: ${enumerate(variables, "and")}.`;
  const hint = unknown === undefined ? undefined : (didYouMean(unknown, variables) ?? all);
  const summary = `This is no valid ${what}`;
  return { code: "LLMSPELL_E_EXPRESSION", message: `${summary}: ${message}.`, summary, path, offset, hint };
}

/** Look-around, back-references: what no engine can match in time linear to the text. */
const BACKTRACKING = /\(\?<?[=!]|\\[1-9]|\\k</;

function regexProblem(source: string, isLinear: boolean): string | undefined {
  try {
    new RegExp(source, "u");
    const construct = isLinear ? BACKTRACKING.exec(source)?.[0] : undefined;
    if (construct === undefined) return undefined;
    return `it must run in linear time, which \`${construct}\` (look-around or a back-reference) does not allow`;
  } catch (error) {
    return messageOf(error).replace(/^Invalid regular expression: \/.*\/u?: /s, "");
  }
}
