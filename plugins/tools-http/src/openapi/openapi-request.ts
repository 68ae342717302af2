import type { Scope } from "@llmspell/expressions";
import type { JsonSchema } from "@llmspell/tools";
import { httpToolErrors } from "../errors.ts";
import { compileHeaders, headerValue } from "../header-template.ts";
import { DEFAULT_HEADERS, type HttpRequest, longestFirst, secretsIn } from "../http-request.ts";
import { compileQuery, type QueryTemplate } from "../query-template.ts";
import { writeBody } from "../request-body.ts";
import type { RequestMaker } from "../request-template.ts";
import { checkSegments } from "../url-template.ts";
import { InputSchemas } from "./input-schemas.ts";
import { isObject, type JsonObject, OpenApiDocument, type Operation, objectOf } from "./openapi-document.ts";
import { bodyOf, type OperationBody } from "./operation-body.ts";
import { type OperationParameter, parametersOf } from "./operation-parameter.ts";
import { encode, inQuery, simple } from "./parameter-style.ts";

/** The options of the tool that choose an operation. */
export interface OpenApiRequestOptions {
  readonly path: string;
  readonly operation: string;
  readonly server?: string | undefined;
  readonly headers?: Readonly<Record<string, string>> | undefined;
  readonly query?: Readonly<Record<string, unknown>> | undefined;
}

/** Makes the requests of one operation of an OpenAPI document. */
export class OpenApiRequest implements RequestMaker {
  readonly description: string;
  readonly inputSchema: JsonSchema;
  readonly origin: string;
  readonly #method: string;
  readonly #base: URL;
  /** The path, taken apart at its parameters. */
  readonly #path: readonly (string | OperationParameter)[];
  readonly #parameters: readonly OperationParameter[];
  readonly #body: OperationBody | undefined;
  readonly #headers: (scope: Scope) => Record<string, string>;
  readonly #query: QueryTemplate;

  private constructor(document: OpenApiDocument, options: OpenApiRequestOptions) {
    const operation = document.operation(options.operation);
    this.#method = operation.method;
    this.#base = serverOf(document, operation, options.server);
    this.origin = this.#base.origin;
    this.#parameters = parametersOf(document, operation);
    this.#body = bodyOf(document, operation);
    this.#path = pathParts(document, operation.path, this.#parameters);
    this.#headers = compileHeaders(options.headers);
    this.#query = compileQuery(options.query);
    this.description = describe(operation);
    this.inputSchema = inputSchemaOf(new InputSchemas(document), this.#parameters, this.#body);
  }

  /** @throws LLMSPELL_E_TOOL_OPENAPI, LLMSPELL_E_TEMPLATE, LLMSPELL_E_TOOL_HTTP_OPTIONS; the signal's reason */
  static async read(options: OpenApiRequestOptions, signal: AbortSignal): Promise<OpenApiRequest> {
    return new OpenApiRequest(await OpenApiDocument.read(options.path, signal), options);
  }

  make(input: unknown): HttpRequest {
    if (!isObject(input)) throw inputError("parameters", "expected an object");
    const scope = { input };
    const url = new URL(this.#base);
    url.pathname = `${this.#base.pathname.replace(/\/$/, "")}${this.#pathOf(input)}`;
    url.search = this.#parameters
      .flatMap((parameter) => (parameter.place === "query" ? written(parameter, input) : []))
      .join("&");
    this.#query.addTo(url, scope);
    const constant = this.#headers(scope);
    const own = { ...this.#headersOf(input), ...constant };
    const given = input["body"];
    const body = this.#body === undefined || given === undefined ? undefined : writeBody(given, this.#body.contentType);
    const headers = { ...DEFAULT_HEADERS, ...own, ...(body !== undefined && { "content-type": body.contentType }) };
    const secrets = longestFirst([...secretsIn(constant), ...this.#query.constants]);
    return { method: this.#method, url, headers, body: body?.text, secrets };
  }

  #pathOf(input: JsonObject): string {
    const path = this.#path.map((part) => (typeof part === "string" ? part : pathValue(part, input))).join("");
    checkSegments(path);
    return path;
  }

  #headersOf(input: JsonObject): Record<string, string> {
    const headers: Record<string, string> = {};
    for (const { place, name, inputName, explode, isJson } of this.#parameters) {
      const value = input[inputName];
      if (place !== "header" || value === undefined) continue;
      const text = isJson ? JSON.stringify(value) : simple(value, explode, (item) => item);
      headers[name.toLowerCase()] = headerValue(name, text);
    }
    return headers;
  }
}

function written(parameter: OperationParameter, input: JsonObject): string[] {
  const value = input[parameter.inputName];
  if (value === undefined) return [];
  return inQuery(parameter.name, parameter.isJson ? JSON.stringify(value) : value, parameter);
}

function pathValue({ name, inputName, explode, isJson }: OperationParameter, input: JsonObject): string {
  const value = input[inputName];
  const text = isJson && value !== undefined ? encode(JSON.stringify(value)) : simple(value, explode, encode);
  if (text === "") throw inputError("path", `${name} is empty, which would lead elsewhere`);
  return text;
}

function pathParts(document: OpenApiDocument, path: string, parameters: readonly OperationParameter[]) {
  return path.split(/(\{[^{}]+\})/).map((part) => {
    if (!part.startsWith("{")) return part;
    const parameter = parameters.find(({ place, name }) => place === "path" && `{${name}}` === part);
    if (parameter === undefined) throw document.error(`the path ${path} has ${part}, which is no parameter of it`);
    return parameter;
  });
}

function serverOf(document: OpenApiDocument, { operation, pathItem }: Operation, server: string | undefined): URL {
  const declared = [operation, pathItem, document.root].map(({ servers }) => servers).find(isFilledList)?.[0];
  const { url, variables } = objectOf(declared);
  const text = server ?? String(url ?? "").replaceAll(/\{([^{}]+)\}/g, (_, name: string) => defaultOf(variables, name));
  const parsed = URL.parse(text);
  if (parsed !== null && /^https?:$/.test(parsed.protocol) && parsed.username === "") return parsed;
  throw document.error(`its server "${text}" is no address over HTTP; say one with \`server\``);
}

function isFilledList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value) && value.length > 0;
}

function defaultOf(variables: unknown, name: string): string {
  return String(objectOf(objectOf(variables)[name])["default"] ?? "");
}

function describe({ method, path, operation }: Operation): string {
  const { summary, description } = operation;
  const texts = [summary, description].filter((text): text is string => typeof text === "string" && text.trim() !== "");
  return texts.map((text) => text.trim()).join("\n\n") || `${method} ${path}`;
}

function inputSchemaOf(
  schemas: InputSchemas,
  parameters: readonly OperationParameter[],
  body: OperationBody | undefined,
): JsonSchema {
  const inputs = [
    ...parameters.map((parameter) => ({ ...parameter, key: parameter.inputName })),
    ...(body === undefined ? [] : [{ ...body, key: "body" }]),
  ];
  const properties = inputs.map(({ key, schema, description }) => {
    const converted = objectOf(schemas.convert(schema));
    return [key, description === undefined ? converted : { ...converted, description }] as const;
  });
  return schemas.complete({
    type: "object",
    additionalProperties: false,
    required: inputs.filter(({ isRequired }) => isRequired).map(({ key }) => key),
    properties: Object.fromEntries(properties),
  });
}

function inputError(place: string, problem: string): Error {
  return httpToolErrors.LLMSPELL_E_TOOL_HTTP_INPUT({ place, problem });
}
