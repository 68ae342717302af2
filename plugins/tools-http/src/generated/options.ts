// Generated from the JSON Schemas of this package by `npm run generate`. Do not edit.

import type { Bytes, Duration } from "@llmspell/base";

export type ValueTemplate =
  | string
  | number
  | boolean
  | null
  | ValueTemplate[]
  | {
      [k: string]: ValueTemplate;
    };
/**
 * The body: any value, sent as JSON, or as a form where the header content-type says application/x-www-form-urlencoded. A text is sent as text/plain.
 */
export type ValueTemplate1 =
  | string
  | number
  | boolean
  | null
  | ValueTemplate[]
  | {
      [k: string]: ValueTemplate;
    };

/**
 * A tool that calls an HTTP API: a request written as a template, or an operation of an OpenAPI document.
 */
export interface HttpToolOptions {
  request?: HttpRequestTemplate;
  /**
   * An OpenAPI 3.0 or 3.1 document, JSON or YAML, in one file. Description and input schema are the operation's.
   */
  openapi?: string;
  /**
   * The `operationId` of the operation that is called.
   */
  operation?: string;
  /**
   * The base URL of the API. Default: the document's first server.
   */
  server?: string;
  headers?: HeaderTemplates1;
  query?: QueryTemplates1;
  /**
   * What the tool does, as a language model should read it. Default: what the OpenAPI document says.
   */
  description?: string;
  /**
   * The JSON Schema of the tool's input. Default: the operation's parameters by name, and its body as `body`.
   */
  inputSchema?: {
    [k: string]: unknown;
  };
  /**
   * The JSON Schema of the tool's output. Default: the output is not checked.
   */
  outputSchema?: {
    [k: string]: unknown;
  };
  /**
   * Hosts that the input, or a redirect to another origin, may lead to: api.example.com, *.example.com, * (every public host), with a port where it is not the scheme's own. A private address is reached only under its exact name.
   */
  allowedHosts?: string[];
  /**
   * How many redirects are followed; to another origin only where `allowedHosts` has its host, and then without headers and body.
   */
  maxRedirects?: number;
  /**
   * The longest body that is read; a longer one is an error.
   */
  maxResponseBytes?: Bytes;
  /**
   * Connections of one instance to one origin; calls beyond them wait. `establish_connections` opens them all.
   */
  connections?: number;
  /**
   * How long an unused connection is kept; a shorter time that the server asks for counts.
   */
  keepAlive?: Duration;
  /**
   * How long a connection may take to be made. How long a call may take is the pool's `executionTimeout`.
   */
  connectTimeout?: Duration;
  /**
   * A path of the same origin that must answer with 2xx when the pool checks an instance. Default: no check.
   */
  healthPath?: string;
}
/**
 * What is sent. Its strings are templates over `input`; each value is encoded for the place where it stands.
 */
export interface HttpRequestTemplate {
  /**
   * The request's method.
   */
  method?: "GET" | "HEAD" | "POST" | "PUT" | "PATCH" | "DELETE";
  /**
   * Where it is sent: https://api.example.com/users/{{ input.id }}. A host that comes from the input needs `allowedHosts`.
   */
  url: string;
  query?: QueryTemplates;
  headers?: HeaderTemplates;
  body?: ValueTemplate1;
}
/**
 * Parameters added to the URL. A list repeats its parameter, null leaves it out.
 */
export interface QueryTemplates {
  [k: string]: ValueTemplate;
}
/**
 * Headers; null leaves one out. Their values never stand in an error.
 */
export interface HeaderTemplates {
  [k: string]: string;
}
/**
 * Headers sent with each call of the operation, such as authorization. Templates over `input`; their values never stand in an error.
 */
export interface HeaderTemplates1 {
  [k: string]: string;
}
/**
 * Parameters sent with each call of the operation, such as a key. Templates over `input`.
 */
export interface QueryTemplates1 {
  [k: string]: ValueTemplate;
}

export const httpToolOptionsDefaults = {
  "request": {
    "method": "GET"
  },
  "maxRedirects": 5,
  "maxResponseBytes": "1MiB",
  "connections": 8,
  "keepAlive": "30s",
  "connectTimeout": "10s"
} as const;

/**
 * Searches the web through a SearXNG server, whose settings must allow the format json.
 */
export interface WebSearchOptions {
  /**
   * The server's address, without /search.
   */
  url: string;
  /**
   * Results there are at most; a call may ask for fewer. A server gives about 10 to 30.
   */
  maxResults?: number;
  /**
   * The language of the results, as SearXNG writes it: en, de-DE, all. Default: the server's own.
   */
  language?: string;
  /**
   * Categories to search in: general, news, it, science. Default: the server's own.
   *
   * @minItems 1
   */
  categories?: [string, ...string[]];
  /**
   * Leaves out explicit results. Default: the server's own setting.
   */
  safeSearch?: "off" | "moderate" | "strict";
  cache?: AnswerCacheOptions;
  /**
   * Questions that the warm-up `cache_common_queries` asks ahead, into the `cache`.
   *
   * @minItems 1
   */
  commonQueries?: [string, ...string[]];
  /**
   * The longest answer that is read; a longer one is an error.
   */
  maxResponseBytes?: Bytes;
  /**
   * Connections of one instance to the server; calls beyond them wait. `establish_connections` opens them all.
   */
  connections?: number;
  /**
   * How long an unused connection is kept; a shorter time that the server asks for counts.
   */
  keepAlive?: Duration;
  /**
   * How long a connection may take to be made.
   */
  connectTimeout?: Duration;
}
/**
 * Keeps answers in memory, for all instances of the tool. Default: none are kept.
 */
export interface AnswerCacheOptions {
  /**
   * Answers that are kept; of more, the least recently used goes.
   */
  entries?: number;
  /**
   * How long an answer is kept.
   */
  ttl?: Duration;
}

export const webSearchOptionsDefaults = {
  "maxResults": 10,
  "cache": {
    "entries": 200,
    "ttl": "5m"
  },
  "maxResponseBytes": "4MiB",
  "connections": 4,
  "keepAlive": "30s",
  "connectTimeout": "10s"
} as const;
