import type { RequestListener } from "node:http";
import type { ToolInstance } from "@llmspell/tools";
import { describe, expect, it } from "vitest";
import { echo, type LocalServer, type SeenRequest, serve } from "../test/local-server.ts";
import type { HttpRequestTemplate, HttpToolOptions } from "./generated/options.ts";
import { HttpTool } from "./http-tool.ts";

const signal = new AbortController().signal;
const contract = { description: "Asks.", inputSchema: { type: "object" } };

/** Serves, creates an instance of a tool that asks there, and disposes both. */
async function withInstance(
  listener: RequestListener,
  options: (origin: string) => Omit<HttpToolOptions, "request"> & {
    readonly request: Omit<HttpRequestTemplate, "url"> & { readonly url?: string };
  },
  test: (instance: ToolInstance, server: LocalServer) => Promise<void>,
): Promise<void> {
  await using server = await serve(listener);
  const { request, ...rest } = options(server.origin);
  const tool = new HttpTool({ ...contract, ...rest, request: { url: `${server.origin}/`, ...request } });
  await using instance = await tool.createInstance({ signal });
  await test(instance, server);
}

const plain = () => ({ request: {} });
const call = (instance: ToolInstance, input: unknown = {}) => instance.execute(input, { signal });

describe("HttpTool", () => {
  it("sends what the template says, and gives the answer's JSON", async () => {
    const request = {
      method: "POST",
      query: { q: "{{ input.q }}" },
      headers: { authorization: "Bearer abc" },
      body: { name: "{{ input.name }}" },
    } as const;
    await withInstance(
      echo,
      (origin) => ({ request: { ...request, url: `${origin}/a/{{ input.id }}` } }),
      async (instance) => {
        const seen = (await call(instance, { id: "x/y", q: "1&2", name: 'A"' })) as SeenRequest;
        expect(seen).toMatchObject({ method: "POST", url: "/a/x%2Fy?q=1%262", body: '{"name":"A\\""}' });
        expect(seen.headers).toMatchObject({
          authorization: "Bearer abc",
          "content-type": "application/json",
          "accept-encoding": "identity",
          "user-agent": "llmspell",
        });
      },
    );
  });

  it.each([
    ["application/problem+json; charset=utf-8", '{"a":[1]}', { a: [1] }],
    ["text/plain", "Grüße", "Grüße"],
    ["text/html; charset=iso-8859-1", Buffer.from("Gr\xfc\xdfe", "latin1"), "Grüße"],
    ["application/xml", "<a/>", "<a/>"],
    ["", "untyped", "untyped"],
    ["application/json", "", null],
  ])("reads %s", async (type, body, value) => {
    const listener: RequestListener = (_, response) => {
      if (type !== "") response.setHeader("content-type", type);
      response.end(body);
    };
    await withInstance(listener, plain, async (instance) => expect(await call(instance)).toEqual(value));
  });

  it.each([
    ["application/json", "<html>", {}, /it says that it is JSON, and is not/],
    ["image/png", "x", {}, /it is of type image\/png, which is no text/],
    ["text/plain; charset=klingon", "x", {}, /its charset klingon is not known/],
    ["text/plain", "x", { "content-encoding": "gzip" }, /it is encoded as gzip, which was not asked for/],
  ])("does not read %s %s", async (type, body, headers, message) => {
    const listener: RequestListener = (_, response) =>
      response.writeHead(200, { "content-type": type, ...headers }).end(body);
    await withInstance(listener, plain, async (instance) => {
      const error = { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE", isFinal: false, message: expect.stringMatching(message) };
      await expect(call(instance)).rejects.toMatchObject(error);
    });
  });

  it.each([
    [400, "LLMSPELL_E_TOOL_HTTP_REFUSED", true],
    [401, "LLMSPELL_E_TOOL_HTTP_REFUSED", true],
    [404, "LLMSPELL_E_TOOL_HTTP_REFUSED", true],
    [408, "LLMSPELL_E_TOOL_HTTP_STATUS", false],
    [429, "LLMSPELL_E_TOOL_HTTP_STATUS", false],
    [500, "LLMSPELL_E_TOOL_HTTP_STATUS", false],
    [503, "LLMSPELL_E_TOOL_HTTP_STATUS", false],
  ])("status %i is %s, to be repeated or not", async (status, code, isFinal) => {
    const listener: RequestListener = (_, response) =>
      response.writeHead(status, { "retry-after": "7" }).end("no\n\u0000luck");
    await withInstance(listener, plain, async (instance, { origin }) => {
      await expect(call(instance)).rejects.toMatchObject({
        code,
        isFinal,
        message: `GET ${origin} answered with status ${status}: no luck`,
        cause: { status, retryAfter: 7000, body: "no luck" },
        ...(!isFinal && { hint: "The server asks to wait 7 s before the next request." }),
      });
    });
  });

  it("says of a failure neither path nor query nor header nor more than a bounded part of the body", async () => {
    const listener: RequestListener = (request, response) => {
      response
        .writeHead(403)
        .end(`${request.headers.authorization} ${request.headers["x-key"]} ${request.url} ${"y".repeat(5000)}`);
    };
    const request = {
      url: undefined,
      headers: { authorization: "Bearer t0p-secret", "x-key": "{{ input.key }}" },
      query: { key: "c0nstant-key" },
    };
    await withInstance(
      listener,
      (origin) => ({ request: { ...request, url: `${origin}/path` } }),
      async (instance) => {
        const error: unknown = await call(instance, { key: "another-secret" }).catch((error: unknown) => error);
        expect(error).toMatchObject({
          message: expect.stringMatching(/: \[hidden\] \[hidden\] \/path\?key=\[hidden\] y{200,}…$/),
        });
        const said = `${String(error)} ${JSON.stringify(error)} ${String(Object(error).cause)} ${JSON.stringify(Object(error).cause)}`;
        expect(said).not.toMatch(/t0p-secret|another-secret|c0nstant-key/);
        expect(said.length).toBeLessThan(1500);
      },
    );
  });

  it("reads no more than maxResponseBytes", async () => {
    const listener: RequestListener = ({ url }, response) =>
      void response.end("x".repeat(url === "/long" ? 1001 : 1000));
    const options = (origin: string) => ({ request: { url: `${origin}/{{ input.path }}` }, maxResponseBytes: 1000 });
    await withInstance(listener, options, async (instance) => {
      expect(await call(instance, { path: "short" })).toHaveLength(1000);
      const error = { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE", message: expect.stringMatching(/longer than 1000 bytes/) };
      await expect(call(instance, { path: "long" })).rejects.toMatchObject(error);
    });
  });
});

describe("redirects", () => {
  /** Redirects /303, /307 … to /end, and tells at /end what came. */
  const redirecting: RequestListener = (request, response) => {
    const status = Number(request.url?.slice(1));
    if (Number.isNaN(status)) return echo(request, response);
    response.writeHead(status, { location: "/end" }).end();
  };
  const posting = (origin: string) =>
    ({
      request: {
        url: `${origin}/{{ input.status }}`,
        method: "POST",
        headers: { authorization: "abcdef" },
        body: { a: 1 },
      },
    }) as const;

  it.each([
    [301, "GET", ""],
    [302, "GET", ""],
    [303, "GET", ""],
    [307, "POST", '{"a":1}'],
    [308, "POST", '{"a":1}'],
  ])("after %i a POST goes on as %s", async (status, method, body) => {
    await withInstance(redirecting, posting, async (instance) => {
      const seen = (await call(instance, { status })) as SeenRequest;
      expect(seen).toMatchObject({ url: "/end", method, body, headers: { authorization: "abcdef" } });
      expect(seen.headers["content-type"]).toBe(body === "" ? undefined : "application/json");
    });
  });

  it("go to another origin only where that is allowed, and then without what tells who asks", async () => {
    await using other = await serve(echo);
    const { host } = new URL(other.origin);
    const elsewhere: RequestListener = (_, response) =>
      response.writeHead(302, { location: `${other.origin}/other` }).end();
    const request = { headers: { authorization: "abcdef", "x-key": "secret" } };
    const refused = { code: "LLMSPELL_E_TOOL_HTTP_REDIRECT", isFinal: true };
    await withInstance(
      elsewhere,
      () => ({ request }),
      async (instance) => {
        await expect(call(instance)).rejects.toMatchObject({
          ...refused,
          message: expect.stringContaining("which is not allowed"),
        });
      },
    );
    await withInstance(
      elsewhere,
      () => ({ request, allowedHosts: ["*"] }),
      async (instance) => {
        await expect(call(instance)).rejects.toMatchObject(refused);
      },
    );
    await withInstance(
      elsewhere,
      () => ({ request, allowedHosts: [host] }),
      async (instance) => {
        const { url, headers } = (await call(instance)) as SeenRequest;
        expect({ url, host: headers.host }).toEqual({ url: "/other", host });
        expect(headers).not.toHaveProperty("authorization");
        expect(headers).not.toHaveProperty("x-key");
      },
    );
  });

  it("carry no body to another origin", async () => {
    await using other = await serve(echo);
    const elsewhere: RequestListener = (_, response) => response.writeHead(307, { location: other.origin }).end();
    const request = { method: "POST", body: { a: 1 } } as const;
    const options = { request, allowedHosts: [new URL(other.origin).host] };
    await withInstance(
      elsewhere,
      () => options,
      async (instance) => {
        await expect(call(instance)).rejects.toMatchObject({
          message: expect.stringContaining("it would send the body on"),
        });
      },
    );
    expect(other.connections()).toBe(0);
  });

  it("end somewhere", async () => {
    const circle: RequestListener = (_, response) => response.writeHead(302, { location: "/" }).end();
    await withInstance(
      circle,
      () => ({ request: {}, maxRedirects: 3 }),
      async (instance) => {
        await expect(call(instance)).rejects.toMatchObject({
          message: expect.stringContaining("it would be one more than 3"),
        });
      },
    );
    const nowhere: RequestListener = (_, response) => response.writeHead(302, { location: "ftp://a/" }).end();
    await withInstance(nowhere, plain, async (instance) => {
      await expect(call(instance)).rejects.toMatchObject({ message: expect.stringContaining("no address over HTTP") });
    });
  });
});

describe("hosts from the input", () => {
  const url = "{{ input.url }}";

  it("need allowedHosts", () => {
    expect(() => new HttpTool({ ...contract, request: { url } })).toThrow(
      expect.objectContaining({
        code: "LLMSPELL_E_TOOL_HTTP_OPTIONS",
        message: expect.stringContaining("allowedHosts"),
      }),
    );
  });

  it("are called when they are allowed, at a private address only under their exact name", async () => {
    const refused = { code: "LLMSPELL_E_TOOL_HTTP_HOST", isFinal: true };
    await withInstance(
      echo,
      (origin) => ({ request: { url }, allowedHosts: [new URL(origin).host] }),
      async (instance, { origin }) => {
        expect(await call(instance, { url: `${origin}/x` })).toMatchObject({ url: "/x" });
        await expect(call(instance, { url: "http://127.0.0.1:1/x" })).rejects.toMatchObject(refused);
        expect(instance.warmUps).toEqual({});
      },
    );
    await withInstance(
      echo,
      (origin) => ({ request: { url }, allowedHosts: [`*:${new URL(origin).port}`] }),
      async (instance, { origin, connections }) => {
        await expect(call(instance, { url: origin })).rejects.toMatchObject(refused);
        // A name, too, that only resolves to it.
        await expect(call(instance, { url: origin.replace("127.0.0.1", "localhost") })).rejects.toMatchObject(refused);
        expect(connections()).toBe(0);
      },
    );
  });
});

describe("an instance", () => {
  it("opens its connections ahead, and then makes no others", async () => {
    await withInstance(
      echo,
      () => ({ request: {}, connections: 12 }),
      async (instance, { connections }) => {
        await instance.warmUps?.["establish_connections"]?.({ signal });
        expect(connections()).toBe(12);
        await Promise.all(Array.from({ length: 30 }, () => call(instance)));
        expect(connections()).toBe(12);
      },
    );
  });

  it("has connections of its own, as many as it may", async () => {
    await using server = await serve(echo);
    const tool = new HttpTool({ ...contract, request: { url: server.origin }, connections: 2 });
    await using first = await tool.createInstance({ signal });
    await using second = await tool.createInstance({ signal });
    await Promise.all(Array.from({ length: 10 }, () => call(first)));
    expect(server.connections()).toBe(2);
    await call(second);
    expect(server.connections()).toBe(3);
  });

  it("serves without keeping its connections", async () => {
    await withInstance(
      echo,
      () => ({ request: {}, keepAlive: 0 }),
      async (instance) => {
        for (let count = 0; count < 3; count++) expect(await call(instance)).toMatchObject({ url: "/" });
      },
    );
  });

  it("is checked where healthPath says how, without the tool's headers", async () => {
    let status = 200;
    const seen: unknown[] = [];
    const listener: RequestListener = ({ url, headers }, response) => {
      seen.push({ url, authorization: headers.authorization });
      response.writeHead(status).end();
    };
    const options = { request: { headers: { authorization: "abcdef" } }, healthPath: "/health?deep" };
    await withInstance(
      listener,
      () => options,
      async (instance) => {
        await instance.check?.(signal);
        status = 503;
        await expect(instance.check?.(signal)).rejects.toMatchObject({ code: "LLMSPELL_E_TOOL_HTTP_STATUS" });
        expect(seen[0]).toEqual({ url: "/health?deep", authorization: undefined });
      },
    );
    await withInstance(listener, plain, async (instance) => expect(instance.check).toBeUndefined());
  });
});

it.each([
  [{}, /it needs `request`, `description` and `inputSchema`, or an `openapi` document/],
  [{ request: { url: "https://a.example/" } }, /it needs `request`/],
  [{ openapi: "./x.yaml" }, /`openapi` needs an `operation`/],
  [{ openapi: "./x.yaml", operation: "a", request: { url: "https://a.example/" } }, /leaves no place for a `request`/],
] as [HttpToolOptions, RegExp][])("refuses the options %o", (options, message) => {
  const error = { code: "LLMSPELL_E_TOOL_HTTP_OPTIONS", message: expect.stringMatching(message) };
  expect(() => new HttpTool(options)).toThrow(expect.objectContaining(error));
});
