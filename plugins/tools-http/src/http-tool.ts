import { type Clock, systemClock } from "@llmspell/base";
import type { JsonSchema, Tool, ToolContext, ToolInstance } from "@llmspell/tools";
import { bodyValue } from "./answer-body.ts";
import { httpToolErrors } from "./errors.ts";
import { type HttpToolOptions, httpToolOptionsDefaults } from "./generated/options.ts";
import { HostRules } from "./host-rules.ts";
import { type ConnectionOptions, HttpConnections, unusable } from "./http-connections.ts";
import { DEFAULT_HEADERS, type HttpRequest } from "./http-request.ts";
import { OpenApiRequest } from "./openapi/openapi-request.ts";
import { type RequestMaker, RequestTemplate } from "./request-template.ts";

/** What `HttpTool` takes from outside. */
export interface HttpToolDependencies {
  /** By which a date in `Retry-After` is read; the system's unless given. */
  readonly clock?: Clock | undefined;
}

/** Calls an HTTP API; each instance has connections of its own. */
export class HttpTool implements Tool {
  readonly #options: HttpToolOptions;
  readonly #connections: ConnectionOptions;
  readonly #clock: Clock;
  #maker: RequestMaker | undefined;
  #learned: { readonly description: string; readonly inputSchema: JsonSchema } | undefined;

  /**
   * @throws LLMSPELL_E_TOOL_HTTP_OPTIONS when options are missing or contradict each other, or when the host comes from the
   * input and `allowedHosts` is not given; LLMSPELL_E_TEMPLATE
   */
  constructor(options: HttpToolOptions, { clock = systemClock }: HttpToolDependencies = {}) {
    this.#options = options;
    this.#connections = { ...httpToolOptionsDefaults, ...options };
    this.#clock = clock;
    const { request, openapi, operation, description, inputSchema } = options;
    if (openapi !== undefined) {
      if (request !== undefined || operation === undefined) {
        throw optionsError("`openapi` needs an `operation`, and leaves no place for a `request`");
      }
      return;
    }
    if (request === undefined || description === undefined || inputSchema === undefined) {
      throw optionsError("it needs `request`, `description` and `inputSchema`, or an `openapi` document");
    }
    this.#maker = new RequestTemplate(request);
    if (this.#maker.origin === undefined && options.allowedHosts === undefined) {
      throw optionsError("the host comes from the input, so `allowedHosts` must say which may be called");
    }
  }

  get description(): string {
    return this.#options.description ?? this.#learned?.description ?? "";
  }

  get inputSchema(): JsonSchema {
    return this.#options.inputSchema ?? this.#learned?.inputSchema ?? {};
  }

  get outputSchema(): JsonSchema | undefined {
    return this.#options.outputSchema;
  }

  /** @throws LLMSPELL_E_TOOL_OPENAPI */
  async prepare({ signal }: ToolContext): Promise<void> {
    await this.#makerOf(signal);
  }

  /** @throws LLMSPELL_E_TOOL_OPENAPI, LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  async createInstance({ signal }: ToolContext): Promise<ToolInstance> {
    signal.throwIfAborted();
    const maker = await this.#makerOf(signal);
    const hosts = new HostRules(this.#options.allowedHosts, maker.origin);
    const connections = new HttpConnections(this.#connections, hosts, this.#clock);
    return new HttpInstance(connections, maker, this.#options.healthPath);
  }

  async #makerOf(signal: AbortSignal): Promise<RequestMaker> {
    if (this.#maker !== undefined) return this.#maker;
    const { openapi = "", operation = "", server, headers, query } = this.#options;
    const maker = await OpenApiRequest.read({ path: openapi, operation, server, headers, query }, signal);
    this.#learned = maker;
    this.#maker = maker;
    return maker;
  }
}

function optionsError(problem: string): Error {
  return httpToolErrors.LLMSPELL_E_TOOL_HTTP_OPTIONS({ problem });
}

/** The connections of one instance, and what is sent over them. */
class HttpInstance implements ToolInstance {
  readonly warmUps: NonNullable<ToolInstance["warmUps"]>;
  readonly check?: (signal: AbortSignal) => Promise<void>;
  readonly #connections: HttpConnections;
  readonly #maker: RequestMaker;

  constructor(connections: HttpConnections, maker: RequestMaker, healthPath: string | undefined) {
    this.#connections = connections;
    this.#maker = maker;
    const { origin } = maker;
    this.warmUps =
      origin === undefined
        ? {}
        : { establish_connections: ({ signal }) => connections.open(bareRequest(origin, healthPath ?? "/"), signal) };
    if (origin === undefined || healthPath === undefined) return;
    this.check = async (signal) => void (await connections.send(bareRequest(origin, healthPath), signal));
  }

  /** @throws LLMSPELL_E_EXPRESSION_VALUE, LLMSPELL_E_TOOL_HTTP_INPUT, and as `HttpConnections.send` */
  async execute(input: unknown, { signal }: ToolContext): Promise<unknown> {
    const request = this.#maker.make(input);
    const body = bodyValue(await this.#connections.send(request, signal));
    if ("problem" in body) throw unusable(request, body.problem);
    return body.value;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#connections[Symbol.asyncDispose]();
  }
}

/** A request that says nothing about who asks. */
export function bareRequest(origin: string, path: string): HttpRequest {
  return { method: "GET", url: new URL(path, origin), headers: DEFAULT_HEADERS, secrets: [] };
}
