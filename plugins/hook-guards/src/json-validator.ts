import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { messageOf } from "@llmspell/base";
import type { ErrorObject, Options, ValidateFunction } from "ajv";
import { RE2JS } from "re2js";
import { guardErrors } from "./errors.ts";

/** Where a schema comes from: one of the two. */
export interface SchemaSource {
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /** A JSON file. */
  readonly schemaFile?: string | undefined;
}

/** What of a value does not fit a schema. */
export interface Misfit {
  /** A JSON pointer (RFC 6901) into the value; empty for the value itself. */
  readonly path: string;
  /** `must be number`; names what the schema says, and nothing of the value. */
  readonly expectation: string;
}

/** Finds what of a value does not fit. */
export type FindMisfit = (value: unknown) => Misfit | undefined;

/** An unknown keyword is most likely misspelt, and would let everything pass; patterns run in linear time. */
const OPTIONS: Options = {
  strict: true,
  strictTypes: false,
  strictTuples: false,
  logger: false,
  code: { regExp: Object.assign((source: string) => RE2JS.compile(RE2JS.translateRegExp(source)), { code: "re2" }) },
};

/**
 * Compiles a JSON Schema: draft 2020-12 where its `$schema` says so, else draft-07. The compiler is loaded here and not
 * with this module, because those who check no schema need not have it in memory; at once and not later, so that a schema
 * that is none stops the start.
 *
 * @throws LLMSPELL_E_HOOK_GUARD_SCHEMA
 */
export function compileSchema(source: SchemaSource): FindMisfit {
  try {
    const validate = compile(readSchema(source));
    return (value) => (validate(value) ? undefined : misfitOf(validate.errors ?? []));
  } catch (cause) {
    const { schemaFile } = source;
    throw guardErrors.LLMSPELL_E_HOOK_GUARD_SCHEMA({ schemaFile, problem: messageOf(cause) }, { cause });
  }
}

function readSchema({ schema, schemaFile }: SchemaSource): object {
  if (schemaFile === undefined) {
    if (schema === undefined) throw new TypeError("there is neither `schema` nor `schemaFile`");
    return schema;
  }
  const content: unknown = JSON.parse(readFileSync(schemaFile, "utf8"));
  if (typeof content === "object" && content !== null && !Array.isArray(content)) return content;
  throw new TypeError("the file holds no object");
}

function compile(schema: object): ValidateFunction {
  const load = createRequire(import.meta.url);
  const { Ajv }: typeof import("ajv") = load("ajv");
  const { Ajv2020 }: typeof import("ajv/dist/2020.js") = load("ajv/dist/2020.js");
  const formats: typeof import("ajv-formats") = load("ajv-formats");
  const draft = "$schema" in schema ? String(schema.$schema) : "";
  const ajv = draft.includes("2020-12") ? new Ajv2020(OPTIONS) : new Ajv(OPTIONS);
  formats.default(ajv);
  return ajv.compile(schema);
}

/** Of several, as alternatives have them, the one that lies deepest says most. */
function misfitOf(errors: readonly ErrorObject[]): Misfit {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split("/").length;
  const deepest = errors.reduce<ErrorObject | undefined>(
    (best, error) => (best === undefined || depth(error) > depth(best) ? error : best),
    undefined,
  );
  return { path: deepest?.instancePath ?? "", expectation: deepest?.message ?? "must fit the schema" };
}
