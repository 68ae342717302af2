import fc from "fast-check";
import { describe, expect, it } from "vitest";
import type { HttpRequestTemplate } from "./generated/options.ts";
import { RequestTemplate } from "./request-template.ts";

const url = "https://a.example/x";
const make = (template: Partial<HttpRequestTemplate>, input: unknown = {}) =>
  new RequestTemplate({ url, ...template }).make(input);

describe("RequestTemplate", () => {
  it("adds parameters: a list repeats its own, nothing leaves it out", () => {
    const query = {
      q: "{{ input.q }}",
      tag: "{{ input.tags }}",
      lang: "{{ input.?lang.orValue(null) }}",
      n: 5,
      o: { a: 1 },
    };
    const { href } = make({ url: `${url}?a=b`, query }, { q: "a&b", tags: ["x", "y z"] }).url;
    expect(href).toBe(`${url}?a=b&q=a%26b&tag=x&tag=y+z&n=5&o=%7B%22a%22%3A1%7D`);
  });

  it("writes a body as JSON, whose values keep their types and cannot leave their place", () => {
    const body = { text: "say {{ input.text }}", list: "{{ input.list }}", fixed: [true, null, 1] };
    const input = { text: '"}, "admin": true, "x": {"', list: [1, { a: "b" }] };
    const request = make({ method: "POST", body }, input);
    expect(request.headers["content-type"]).toBe("application/json");
    expect(JSON.parse(request.body ?? "")).toEqual({
      text: `say ${input.text}`,
      list: input.list,
      fixed: [true, null, 1],
    });
  });

  it("no text ends the string in which it stands", () => {
    const template = new RequestTemplate({ url, method: "POST", body: { a: "{{ input.a }}", b: ["<{{ input.a }}>"] } });
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), (a) => {
        expect(JSON.parse(template.make({ a }).body ?? "")).toEqual({ a, b: [`<${a}>`] });
      }),
    );
  });

  it("writes a form where the header says so, and a text as it is", () => {
    const headers = { "Content-Type": "application/x-www-form-urlencoded" };
    expect(make({ headers, body: { a: "{{ input.a }}", b: [1, 2], c: null } }, { a: "x&b=3" })).toMatchObject({
      body: "a=x%26b%3D3&b=1&b=2",
      headers: { "content-type": "application/x-www-form-urlencoded" },
    });
    expect(make({ body: "Hello {{ input.a }}" }, { a: '"you"' })).toMatchObject({
      body: 'Hello "you"',
      headers: { "content-type": "text/plain;charset=utf-8" },
    });
    expect(make({ headers: { "content-type": "application/json" }, body: "{{ input.a }}" }, { a: "x" }).body).toBe(
      '"x"',
    );
    expect(() => make({ headers, body: "{{ input.a }}" }, { a: "x" })).toThrow(/a form is made of an object's fields/);
  });

  it("refuses a text with expressions as a body in which values would not be escaped", () => {
    const headers = { "content-type": "application/json" };
    expect(() => make({ headers, body: '{"q": "{{ input.q }}"}' })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_OPTIONS" }),
    );
  });

  it("sends headers by lower-case name, and refuses values that would end them without repeating them", () => {
    const headers = { Authorization: "Bearer {{ input.token }}", "X-Trace": "{{ input.?trace.orValue(null) }}" };
    const request = make({ headers }, { token: "s3cret-token" });
    expect(request.headers).toEqual({
      accept: "application/json, text/*;q=0.9, */*;q=0.5",
      "accept-encoding": "identity",
      authorization: "Bearer s3cret-token",
      "user-agent": "llmspell",
    });
    expect(request.secrets).toEqual(["Bearer s3cret-token", "s3cret-token"]);
    for (const token of ["a\r\nx-admin: yes", "a\u0000", "\u20ac"]) {
      expect(() => make({ headers }, { token })).toThrow(
        expect.objectContaining({
          code: "LLMSPELL_E_TOOL_HTTP_INPUT",
          message:
            "The input cannot be put into the request's header authorization: its value has line ends, control characters or characters beyond Latin-1.",
        }),
      );
    }
    expect(() => make({ headers: { Host: "evil.example" } })).toThrow(/the header Host belongs to the connection/);
  });

  it("says which expression lacks its value", () => {
    expect(() => make({ query: { q: "{{ input.q }}" } })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EXPRESSION_VALUE" }),
    );
  });
});
