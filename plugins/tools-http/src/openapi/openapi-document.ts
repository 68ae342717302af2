import { readFile } from "node:fs/promises";
import { extname } from "node:path";
import { messageOf } from "@llmspell/base";
import { parse } from "yaml";
import { httpToolErrors } from "../errors.ts";

/** Any JSON object of a document. */
export type JsonObject = Readonly<Record<string, unknown>>;

/** One operation and the path it belongs to. */
export interface Operation {
  readonly method: string;
  readonly path: string;
  readonly pathItem: JsonObject;
  readonly operation: JsonObject;
}

const METHODS = ["get", "put", "post", "delete", "options", "head", "patch"] as const;
/** References that lead to references; more is a circle. */
const MAX_REFERENCES = 20;

/** An OpenAPI 3.0 or 3.1 document, in one file. */
export class OpenApiDocument {
  readonly path: string;
  /** Whether its schemas are JSON Schema 2020-12, as from OpenAPI 3.1 on; before they are a dialect of their own. */
  readonly isJsonSchema: boolean;
  readonly root: JsonObject;

  private constructor(path: string, root: JsonObject) {
    this.path = path;
    this.root = root;
    const version = String(root["openapi"] ?? root["swagger"] ?? "none");
    if (!/^3\.[01]\./.test(version)) throw this.error(`expected OpenAPI 3.0 or 3.1, found version ${version}`);
    this.isJsonSchema = version.startsWith("3.1.");
  }

  /** @throws LLMSPELL_E_TOOL_OPENAPI; the signal's reason */
  static async read(path: string, signal: AbortSignal): Promise<OpenApiDocument> {
    let root: unknown;
    try {
      const text = await readFile(path, { encoding: "utf8", signal });
      root = extname(path) === ".json" ? JSON.parse(text) : parse(text);
    } catch (cause) {
      signal.throwIfAborted();
      throw httpToolErrors.LLMSPELL_E_TOOL_OPENAPI({ path, problem: messageOf(cause) }, { cause });
    }
    if (isObject(root)) return new OpenApiDocument(path, root);
    throw httpToolErrors.LLMSPELL_E_TOOL_OPENAPI({ path, problem: "expected an object" });
  }

  /** @throws LLMSPELL_E_TOOL_OPENAPI when it has no such operation */
  operation(id: string): Operation {
    const known: string[] = [];
    for (const [path, item] of Object.entries(objectOf(this.root["paths"]))) {
      const pathItem = this.resolve(item);
      for (const method of METHODS) {
        const operation = pathItem[method];
        if (!isObject(operation)) continue;
        if (operation["operationId"] === id) return { method: method.toUpperCase(), path, pathItem, operation };
        known.push(String(operation["operationId"] ?? `(none for ${method} ${path})`));
      }
    }
    const some = known.length > 10 ? [...known.slice(0, 10), `${known.length - 10} more`] : known;
    throw this.error(`it has no operation "${id}"; it has ${some.join(", ") || "none"}`);
  }

  /**
   * What a value of the document is, its reference followed.
   *
   * @throws LLMSPELL_E_TOOL_OPENAPI when that is no object, or lies outside the document
   */
  resolve(value: unknown): JsonObject {
    let current = value;
    for (let count = 0; count < MAX_REFERENCES; count++) {
      if (!isObject(current)) throw this.error(`expected an object, found ${JSON.stringify(current) ?? "nothing"}`);
      if (typeof current["$ref"] !== "string") return current;
      current = this.at(current["$ref"]);
    }
    throw this.error("its references go in a circle");
  }

  /**
   * What a reference names.
   *
   * @throws LLMSPELL_E_TOOL_OPENAPI when there is nothing, or it lies outside the document
   */
  at(reference: string): unknown {
    if (!reference.startsWith("#/")) {
      throw this.error(`the reference ${reference} leads out of it; bundle the document into one file`);
    }
    let current: unknown = this.root;
    for (const segment of reference.slice(2).split("/")) {
      const key = decodeURIComponent(segment).replaceAll("~1", "/").replaceAll("~0", "~");
      current = isObject(current) && Object.hasOwn(current, key) ? current[key] : itemOf(current, key);
      if (current === undefined) throw this.error(`the reference ${reference} names nothing`);
    }
    return current;
  }

  /** The error of this document. */
  error(problem: string): Error {
    return httpToolErrors.LLMSPELL_E_TOOL_OPENAPI({ path: this.path, problem });
  }
}

function itemOf(list: unknown, key: string): unknown {
  return Array.isArray(list) ? list[Number(key)] : undefined;
}

/** Whether a value is a JSON object. */
export function isObject(value: unknown): value is JsonObject {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** A value that should be an object where it is there at all. */
export function objectOf(value: unknown): JsonObject {
  return isObject(value) ? value : {};
}
