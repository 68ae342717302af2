import { fileURLToPath } from "node:url";
import { Ajv } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";
import { OpenApiRequest, type OpenApiRequestOptions } from "./openapi-request.ts";

const library = fileURLToPath(new URL("../../test/library-3.0.yaml", import.meta.url));
const notes = fileURLToPath(new URL("../../test/notes-3.1.json", import.meta.url));
const signal = new AbortController().signal;
const read = (operation: string, options: Partial<OpenApiRequestOptions> = {}) =>
  OpenApiRequest.read({ path: library, operation, ...options }, signal);

describe("OpenApiRequest", () => {
  it("says what the operation does and takes", async () => {
    const { description, inputSchema, origin } = await read("getPage");
    expect(description).toBe("Reads a page.\n\nGives its text.");
    expect(origin).toBe("https://eu.library.example");
    expect(inputSchema).toMatchObject({ type: "object", additionalProperties: false, required: ["bookId", "page"] });
    expect(inputSchema["properties"]).toMatchObject({
      bookId: { type: "string", description: "Which book" },
      lang: { type: ["string", "null"], enum: ["de", "en", null], description: "Of the operation" },
      "X-Trace": { type: "array" },
    });
    expect(inputSchema["properties"]).not.toHaveProperty("Authorization");
    expect(inputSchema["properties"]).not.toHaveProperty("session");
  });

  it.each([
    [{}, ""],
    [{ lang: "de" }, "?lang=de"],
    [{ tags: ["a", "b&c"] }, "?tags=a&tags=b%26c"],
    [{ tags: [] }, ""],
    [{ ids: ["a", "b,c"] }, "?ids=a,b%2Cc"],
    [{ words: ["a", "b"] }, "?words=a%20b"],
    [{ pipes: ["a", "b"] }, "?pipes=a|b"],
    [{ filter: { name: "x y", n: 1 } }, "?filter%5Bname%5D=x%20y&filter%5Bn%5D=1"],
    [{ where: { a: 1, "b&": "c=d" } }, "?a=1&b%26=c%3Dd"],
    [{ json: { a: [1] } }, "?json=%7B%22a%22%3A%5B1%5D%7D"],
  ])("writes the parameters %o as %s", async (input, search) => {
    const request = (await read("getPage")).make({ bookId: "b/1", page: [3, 4], ...input });
    expect(request.url.href).toBe(`https://eu.library.example/v1/books/b%2F1/pages/3,4${search}`);
  });

  it("writes header parameters, and adds headers and parameters of its own", async () => {
    const page = await read("getPage", {
      headers: { Authorization: "Bearer abcdef" },
      query: { key: "{{ input.bookId }}" },
    });
    const { headers, url, secrets } = page.make({ bookId: "1", page: [1], lang: "de", "X-Trace": ["a", "b"] });
    expect(headers).toMatchObject({ authorization: "Bearer abcdef", "x-trace": "a,b" });
    expect(url.search).toBe("?lang=de&key=1");
    expect(secrets).toEqual(["Bearer abcdef", "abcdef"]);
    expect(() => page.make({ bookId: "1", page: [1], "X-Trace": ["a\r\nb: c"] })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_INPUT" }),
    );
  });

  it.each([{ page: [1] }, { bookId: "", page: [1] }, { bookId: "..", page: [1] }, { bookId: "1", page: [] }, "text"])(
    "makes no request of %o, which would lead elsewhere",
    async (input) => {
      const page = await read("getPage");
      expect(() => page.make(input)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_INPUT" }));
    },
  );

  it("takes another server, with a path of its own", async () => {
    const page = await read("getPage", { server: "http://127.0.0.1:8080/base/" });
    expect(page.make({ bookId: "1", page: [2] }).url.href).toBe("http://127.0.0.1:8080/base/books/1/pages/2");
  });

  it("turns the dialect of 3.0 into JSON Schema: null, bounds, circles, and nothing that only answers have", async () => {
    const { inputSchema, make } = await read("addBook").then((request) => ({
      inputSchema: request.inputSchema,
      make: (input: unknown) => request.make(input),
    }));
    expect(inputSchema["properties"]).toEqual({
      query_body: { type: "boolean" },
      body: { $ref: "#/definitions/Book", description: "The new book." },
    });
    const validate = new Ajv({ strict: false }).compile(inputSchema);
    const sequel = { title: "b", author: { name: "c", books: [{ title: "d" }] } };
    const valid = { title: "a", nullable: true, rating: 5, author: null, sequel };
    expect(validate({ body: valid, query_body: true })).toBe(true);
    for (const change of [{ rating: 0 }, { rating: 6 }, { title: null }, { sequel: {} }, { author: { name: 1 } }]) {
      expect(validate({ body: { ...valid, ...change } })).toBe(false);
    }
    expect(validate({})).toBe(false);
    const request = make({ body: valid, query_body: true });
    expect(request).toMatchObject({ method: "POST", headers: { "content-type": "application/json" } });
    expect(request.url.href).toBe("https://eu.library.example/v1/books?body=true");
    expect(JSON.parse(request.body ?? "")).toEqual(valid);
  });

  it("reads 3.1, whose schemas are JSON Schema 2020-12", async () => {
    const options = { path: notes, operation: "addNote", server: "https://notes.example" };
    const { inputSchema, description, ...request } = await OpenApiRequest.read(options, signal).then((request) => ({
      inputSchema: request.inputSchema,
      description: request.description,
      make: (input: unknown) => request.make(input),
    }));
    expect(description).toBe("POST /notes");
    const validate = new Ajv2020({ strict: false }).compile(inputSchema);
    expect(validate({ body: { text: null, pair: ["a", { text: "b" }] } })).toBe(true);
    expect(validate({ body: { pair: ["a", { text: 1 }] } })).toBe(false);
    expect(validate({})).toBe(true);
    expect(request.make({}).body).toBeUndefined();
    expect(request.make({ body: { text: "a" } }).headers["content-type"]).toBe("application/vnd.notes+json");
  });

  it("writes forms", async () => {
    const request = (await read("importBooks", { server: "https://a.example" })).make({
      body: { a: "1&2", b: ["x", "y"] },
    });
    expect(request).toMatchObject({ body: "a=1%262&b=x&b=y" });
  });

  it.each([
    ["getNothing", /it has no operation "getNothing"; it has getPage, addBook, importBooks/],
    ["importBooks", /its server "\/relative" is no address over HTTP; say one with `server`/],
    ["addCover", /the body is of type multipart\/form-data/],
    ["getAccount", /the parameter session is a cookie/],
    ["getMatrix", /has the style matrix/],
    ["getMissing", /has \{id\}, which is no parameter/],
    ["getElsewhere", /the reference \.\/other\.yaml#\/parameters\/x leads out of it/],
  ])("does not take the operation %s", async (operation, message) => {
    const error = { code: "LLMSPELL_E_TOOL_OPENAPI", isFinal: true, message: expect.stringMatching(message) };
    await expect(read(operation)).rejects.toMatchObject(error);
  });

  it.each([
    [fileURLToPath(new URL("../../test/none.yaml", import.meta.url)), /ENOENT/],
    [
      fileURLToPath(new URL("../../package.json", import.meta.url)),
      /expected OpenAPI 3\.0 or 3\.1, found version none/,
    ],
    [fileURLToPath(new URL("../../test/local-server.ts", import.meta.url)), /./],
  ])("does not read %s", async (path, message) => {
    const error = { code: "LLMSPELL_E_TOOL_OPENAPI", message: expect.stringMatching(message) };
    await expect(read("getPage", { path })).rejects.toMatchObject(error);
  });
});
