import type { Scope } from "@llmspell/expressions";
import type { HttpRequestTemplate } from "./generated/options.ts";
import { compileHeaders } from "./header-template.ts";
import { DEFAULT_HEADERS, type HttpRequest, longestFirst, secretsIn } from "./http-request.ts";
import { compileQuery, type QueryTemplate } from "./query-template.ts";
import { checkBodyTemplate, writeBody } from "./request-body.ts";
import { compileValue, type ValueTemplate } from "./template-parts.ts";
import { UrlTemplate } from "./url-template.ts";

/** Makes the request of one call. */
export interface RequestMaker {
  /** The origin of every request, unless it comes from the input. */
  readonly origin: string | undefined;
  /** @throws LLMSPELL_E_EXPRESSION_VALUE, LLMSPELL_E_TOOL_HTTP_INPUT */
  make(input: unknown): HttpRequest;
}

/** A request whose strings are templates over the input. */
export class RequestTemplate implements RequestMaker {
  readonly #method: string;
  readonly #url: UrlTemplate;
  readonly #query: QueryTemplate;
  readonly #headers: (scope: Scope) => Record<string, string>;
  readonly #body: ValueTemplate | undefined;

  /** @throws LLMSPELL_E_TEMPLATE, LLMSPELL_E_TOOL_HTTP_OPTIONS */
  constructor({ method = "GET", url, query, headers = {}, body }: HttpRequestTemplate) {
    this.#method = method;
    this.#url = new UrlTemplate(url);
    this.#query = compileQuery(query);
    this.#headers = compileHeaders(headers);
    this.#body = body === undefined ? undefined : compileValue(body);
    const contentType = Object.entries(headers).find(([name]) => name.toLowerCase() === "content-type")?.[1];
    checkBodyTemplate(body, contentType);
  }

  get origin(): string | undefined {
    return this.#url.origin;
  }

  make(input: unknown): HttpRequest {
    const scope = { input };
    const url = this.#url.render(scope);
    this.#query.addTo(url, scope);
    const own = this.#headers(scope);
    const body = this.#body === undefined ? undefined : writeBody(this.#body(scope), own["content-type"]);
    const headers = {
      ...DEFAULT_HEADERS,
      ...own,
      ...(body !== undefined && { "content-type": body.contentType }),
    };
    const secrets = longestFirst([...secretsIn(own), ...this.#query.constants]);
    return { method: this.#method, url, headers, body: body?.text, secrets };
  }
}
