import { type OpenApiDocument, type Operation, objectOf } from "./openapi-document.ts";

/** What an operation takes as its body. */
export interface OperationBody {
  readonly contentType: string;
  readonly isRequired: boolean;
  readonly description: string | undefined;
  readonly schema: unknown;
}

/** In the order of preference. */
const SUPPORTED = [
  /^application\/json\b/i,
  /^application\/[\w.+-]+\+json\b/i,
  /^application\/x-www-form-urlencoded\b/i,
  /^text\/plain\b/i,
];

/**
 * The body of an operation; `undefined` where it has none.
 *
 * @throws LLMSPELL_E_TOOL_OPENAPI when it takes none of the types that can be written
 */
export function bodyOf(document: OpenApiDocument, { operation }: Operation): OperationBody | undefined {
  if (operation["requestBody"] === undefined) return undefined;
  const { content, required, description } = document.resolve(operation["requestBody"]);
  const types = Object.keys(objectOf(content));
  const contentType = SUPPORTED.flatMap((pattern) => types.filter((type) => pattern.test(type)))[0];
  if (contentType === undefined) {
    throw document.error(`the body is of type ${types.join(" or ")}; only JSON, forms and plain text can be written`);
  }
  return {
    contentType,
    isRequired: required === true,
    description: typeof description === "string" ? description : undefined,
    schema: objectOf(objectOf(content)[contentType])["schema"] ?? {},
  };
}
