import { type JsonObject, type OpenApiDocument, type Operation, objectOf } from "./openapi-document.ts";
import type { ParameterStyle } from "./parameter-style.ts";

/** A parameter of an operation, and under which name the input has it. */
export interface OperationParameter extends ParameterStyle {
  readonly name: string;
  readonly inputName: string;
  readonly place: "path" | "query" | "header";
  readonly isRequired: boolean;
  readonly description: string | undefined;
  readonly schema: unknown;
  /** Whether its value is written as JSON, whatever its style. */
  readonly isJson: boolean;
}

const PLACES = ["path", "query", "header", "cookie"] as const;
const STYLES = {
  path: ["simple"],
  header: ["simple"],
  query: ["form", "spaceDelimited", "pipeDelimited", "deepObject"],
} as const;
/** OpenAPI leaves these to other parts of the document. */
const OTHER_HEADERS: ReadonlySet<string> = new Set(["accept", "content-type", "authorization"]);

/**
 * The parameters of an operation, those of its path among them. One whose name is taken (by a parameter elsewhere in the
 * request, or by `body`) has its place before its name in the input: `query_id`.
 *
 * @throws LLMSPELL_E_TOOL_OPENAPI when it needs a cookie, or a style that is not supported
 */
export function parametersOf(document: OpenApiDocument, { operation, pathItem }: Operation): OperationParameter[] {
  const declared = new Map<string, JsonObject>();
  for (const value of [...listOf(pathItem["parameters"]), ...listOf(operation["parameters"])]) {
    const parameter = document.resolve(value);
    declared.set(`${parameter["in"]} ${parameter["name"]}`, parameter);
  }
  const taken = new Set(operation["requestBody"] === undefined ? [] : ["body"]);
  return [...declared.values()].flatMap((parameter) => {
    const place = placeOf(document, parameter);
    if (place === undefined) return [];
    const name = String(parameter["name"]);
    const inputName = taken.has(name) ? `${place}_${name}` : name;
    taken.add(inputName);
    return [{ ...detailsOf(document, parameter, place), name, inputName, place }];
  });
}

/** `undefined` for what the input cannot give. */
function placeOf(document: OpenApiDocument, parameter: JsonObject): OperationParameter["place"] | undefined {
  const place = PLACES.find((known) => known === parameter["in"]);
  if (place === undefined) throw document.error(`the parameter ${parameter["name"]} is in ${parameter["in"]}`);
  if (place === "header" && OTHER_HEADERS.has(String(parameter["name"]).toLowerCase())) return undefined;
  if (place !== "cookie") return place;
  if (parameter["required"] !== true) return undefined;
  throw document.error(`the parameter ${parameter["name"]} is a cookie, which is not supported`);
}

function detailsOf(document: OpenApiDocument, parameter: JsonObject, place: OperationParameter["place"]) {
  const { description, schema, content } = parameter;
  const [media] = Object.entries(objectOf(content));
  const supported = STYLES[place];
  const style = supported.find((known) => known === (parameter["style"] ?? supported[0]));
  if (style === undefined) {
    throw document.error(
      `the parameter ${parameter["name"]} has the style ${parameter["style"]}, which is not supported`,
    );
  }
  return {
    style,
    explode: typeof parameter["explode"] === "boolean" ? parameter["explode"] : style === "form",
    isRequired: place === "path" || parameter["required"] === true,
    description: typeof description === "string" ? description : undefined,
    schema: media === undefined ? (schema ?? {}) : (objectOf(media[1])["schema"] ?? {}),
    isJson: media !== undefined,
  };
}

function listOf(value: unknown): readonly unknown[] {
  return Array.isArray(value) ? value : [];
}
