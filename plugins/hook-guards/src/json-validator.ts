import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { messageOf } from "@llmspell/base";
import type { ErrorObject, Options, ValidateFunction } from "ajv";
import { guardErrors } from "./errors.ts";
import { compileLinear } from "./linear-pattern.ts";

/** Where a schema comes from: one of the two. */
export interface SchemaSource {
  readonly schema?: Readonly<Record<string, unknown>> | undefined;
  /** A JSON file. */
  readonly schemaFile?: string | undefined;
}

/** What of a value does not fit a schema. */
export interface Misfit {
  /** A JSON pointer (RFC 6901) into the value, with `*` for a key that the schema does not name; empty for the value itself. */
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
  code: { regExp: Object.assign((source: string) => compileLinear(source), { code: "re2" }) },
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
    const schema = readSchema(source);
    const validate = compile(schema);
    const known = keysIn(schema);
    return (value) => (isFit(validate, value) ? undefined : misfitOf(validate.errors ?? [], known));
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

/** What is nested so deeply that it cannot be checked does not fit: were that a failure, it might be skipped. */
function isFit(validate: ValidateFunction, value: unknown): boolean {
  try {
    return validate(value);
  } catch (error) {
    if (!(error instanceof RangeError)) throw error;
    validate.errors = null;
    return false;
  }
}

/** Every key in a schema at any depth: what may show in a message, because the operator wrote it. */
function keysIn(value: unknown, keys: Set<string> = new Set()): ReadonlySet<string> {
  if (typeof value !== "object" || value === null) return keys;
  for (const [key, item] of Object.entries(value)) {
    if (!Array.isArray(value)) keys.add(key);
    keysIn(item, keys);
  }
  return keys;
}

/** Of several, as alternatives have them, the one that lies deepest says most. */
function misfitOf(errors: readonly ErrorObject[], known: ReadonlySet<string>): Misfit {
  const depth = ({ instancePath }: ErrorObject) => instancePath.split("/").length;
  const deepest = errors.reduce<ErrorObject | undefined>(
    (best, error) => (best === undefined || depth(error) > depth(best) ? error : best),
    undefined,
  );
  if (deepest === undefined) return { path: "", expectation: "must not be nested so deeply" };
  const path = deepest.instancePath.replace(/[^/]+/g, (key) => (isShown(key, known) ? key : "*"));
  return { path, expectation: deepest.message ?? "must fit the schema" };
}

/** @param key as a JSON pointer has it */
function isShown(key: string, known: ReadonlySet<string>): boolean {
  return /^\d{1,6}$/.test(key) || known.has(key.replaceAll("~1", "/").replaceAll("~0", "~"));
}
