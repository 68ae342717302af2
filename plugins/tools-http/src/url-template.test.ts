import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { UrlTemplate } from "./url-template.ts";

const render = (source: string, input: unknown) => new UrlTemplate(source).render({ input }).href;
const optionsError = expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_OPTIONS" });
const inputError = expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_INPUT", isFinal: true });

describe("UrlTemplate", () => {
  it.each([
    ["https://a.example/users/{{ input.id }}", { id: "a/b?c#d" }, "https://a.example/users/a%2Fb%3Fc%23d"],
    ["https://a.example/u/{{ input.id }}/x", { id: "../../admin" }, "https://a.example/u/..%2F..%2Fadmin/x"],
    ["https://a.example/?q={{ input.q }}&k=1", { q: "a&k=2 +%" }, "https://a.example/?q=a%26k%3D2%20%2B%25&k=1"],
    ["https://a.example/{{ input.n + 1 }}.json", { n: 6 }, "https://a.example/7.json"],
    ["https://a.example/{{ input.list }}", { list: [1, "b"] }, "https://a.example/%5B1%2C%22b%22%5D"],
    ['https://a.example/{{ "}}" + {"a": {"b": input.id}}.a.b }}', { id: "x" }, "https://a.example/%7D%7Dx"],
    ["https://{{ input.host }}/x", { host: "b.example:8080" }, "https://b.example:8080/x"],
    ["http://127.0.0.1:{{ input.port }}/x", { port: 81 }, "http://127.0.0.1:81/x"],
    ["{{ input.url }}", { url: "https://b.example/x?y=z" }, "https://b.example/x?y=z"],
    ["https://a.example/\u{1F600}{{ input.id }}", { id: "\uD800" }, "https://a.example/%F0%9F%98%80%EF%BF%BD"],
  ])("%s with %o is %s", (source, input, href) => {
    expect(render(source, input)).toBe(href);
  });

  it.each([
    ["https://a.example/users/{{ input.id }}", { id: ".." }],
    ["https://a.example/users/.{{ input.id }}/x", { id: "." }],
    ["https://a.example/users/{{ input.id }}", { id: "%2e%2E" }, "https://a.example/users/%252e%252E"],
    ["https://a.example/users/{{ input.id }}", { id: "" }],
    ["https://a.example/users/{{ input.id }}", { id: null }],
    ["https://{{ input.host }}/x", { host: "evil.example/y" }],
    ["https://{{ input.host }}/x", { host: "user@evil.example" }],
    ["https://{{ input.host }}.a.example/x", { host: "evil.example#" }],
    ["{{ input.url }}", { url: "file:///etc/passwd" }],
    ["{{ input.url }}", { url: "https://user:word@a.example/" }],
    ["{{ input.url }}", { url: "not one" }],
  ])("%s with %o stays where it stands, or is refused", (source, input, href?: string) => {
    if (href === undefined) expect(() => render(source, input)).toThrow(inputError);
    else expect(render(source, input)).toBe(href);
  });

  it.each([
    "ftp://a.example/",
    "/relative/{{ input.id }}",
    "https://user@a.example/",
    "https://a.example/#{{ input.id }}",
    "{{ input.base }}/users",
    "{{ input.scheme }}://a.example/",
    "http{{ input.s }}://a.example/",
  ])("refuses %s", (source) => {
    expect(() => new UrlTemplate(source)).toThrow(optionsError);
  });

  it("knows its origin, unless it comes from the input", () => {
    expect(new UrlTemplate("https://a.example:8443/{{ input.id }}").origin).toBe("https://a.example:8443");
    expect(new UrlTemplate("https://{{ input.host }}/").origin).toBeUndefined();
    expect(new UrlTemplate("{{ input.url }}").origin).toBeUndefined();
  });

  it("no value changes origin, path or parameters around it", () => {
    const template = new UrlTemplate("https://a.example/u/{{ input.id }}/posts?q={{ input.q }}&key=1");
    fc.assert(
      fc.property(fc.string({ unit: "binary" }), fc.string({ unit: "binary" }), (id, q) => {
        fc.pre(id !== "" && id !== "." && id !== "..");
        const url = template.render({ input: { id, q } });
        expect(url.origin).toBe("https://a.example");
        const segments = url.pathname.split("/");
        expect(segments).toHaveLength(4);
        expect(decodeURIComponent(segments[2] ?? "")).toBe(id.toWellFormed());
        expect([...url.searchParams]).toEqual([
          ["q", q.toWellFormed()],
          ["key", "1"],
        ]);
        expect(url.hash).toBe("");
      }),
    );
  });
});
