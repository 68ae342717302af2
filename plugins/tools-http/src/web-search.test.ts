import type { RequestListener } from "node:http";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { serve } from "../test/local-server.ts";
import type { WebSearchOptions } from "./generated/options.ts";
import { WebSearch } from "./web-search.ts";

const signal = new AbortController().signal;

/** Answers as SearXNG does: with results numbered by the question. */
function searxng(asked: string[]): RequestListener {
  return ({ url }, response) => {
    const { pathname, searchParams } = new URL(url ?? "", "http://a.example");
    if (pathname !== "/searx/search") return void response.writeHead(404).end();
    asked.push(searchParams.toString());
    const results = Array.from({ length: 20 }, (_, index) => ({
      title: `${searchParams.get("q")} ${index}`,
      url: `https://a.example/${index}`,
      content: ` About ${index}. `,
      engine: "mojeek",
      score: 1,
    }));
    const body = {
      query: searchParams.get("q"),
      results: [{ title: "no address" }, { url: "https://a.example/bare" }, ...results],
    };
    response.setHeader("content-type", "application/json").end(JSON.stringify(body));
  };
}

async function withSearch(
  options: Partial<WebSearchOptions>,
  test: (search: { tool: WebSearch; asked: string[]; clock: VirtualClock }) => Promise<void>,
): Promise<void> {
  const asked: string[] = [];
  await using server = await serve(searxng(asked));
  const clock = new VirtualClock();
  const tool = new WebSearch({ url: `${server.origin}/searx/`, ...options }, { clock });
  await test({ tool, asked, clock });
}

describe("WebSearch", () => {
  it("asks SearXNG, and gives the best results", async () => {
    const options = { language: "de", categories: ["general", "it"], safeSearch: "strict", maxResults: 3 } as const;
    await withSearch({ ...options, categories: ["general", "it"] }, async ({ tool, asked }) => {
      await using instance = await tool.createInstance({ signal });
      expect(await instance.execute({ query: " a&b " }, { signal })).toEqual({
        results: [
          { title: "https://a.example/bare", url: "https://a.example/bare", snippet: "" },
          { title: "a&b 0", url: "https://a.example/0", snippet: "About 0.", engine: "mojeek" },
          { title: "a&b 1", url: "https://a.example/1", snippet: "About 1.", engine: "mojeek" },
        ],
      });
      expect(await instance.execute({ query: "x", maxResults: 1 }, { signal })).toMatchObject({
        results: [{ snippet: "" }],
      });
      expect(asked).toEqual([
        "q=a%26b&format=json&language=de&categories=general%2Cit&safesearch=2",
        "q=x&format=json&language=de&categories=general%2Cit&safesearch=2",
      ]);
      await expect(instance.execute({ query: " " }, { signal })).rejects.toThrow(TypeError);
    });
  });

  it("leaves to the server what is not said, and gives 10 results", async () => {
    await withSearch({}, async ({ tool, asked }) => {
      await using instance = await tool.createInstance({ signal });
      const { results } = (await instance.execute({ query: "x", maxResults: 50 }, { signal })) as {
        results: unknown[];
      };
      expect(results).toHaveLength(10);
      expect(asked).toEqual(["q=x&format=json"]);
    });
  });

  it("keeps answers for all its instances, for their time", async () => {
    await withSearch({ cache: { ttl: "1m", entries: 2 } }, async ({ tool, asked, clock }) => {
      await using first = await tool.createInstance({ signal });
      await using second = await tool.createInstance({ signal });
      const answer = await first.execute({ query: "x" }, { signal });
      expect(await second.execute({ query: "x" }, { signal })).toEqual(answer);
      expect(await second.execute({ query: "x", maxResults: 2 }, { signal })).toMatchObject({ results: { length: 2 } });
      expect(asked).toHaveLength(1);
      await clock.advance(60_000);
      await first.execute({ query: "x" }, { signal });
      expect(asked).toHaveLength(2);
      await first.execute({ query: "y" }, { signal });
      await first.execute({ query: "z" }, { signal });
      await first.execute({ query: "x" }, { signal });
      expect(asked).toHaveLength(5);
      expect(tool.figures()).toEqual({ hits: 2, misses: 5, kept: 2 });
    });
  });

  it("asks common questions ahead, once for all instances", async () => {
    await withSearch({ cache: {}, commonQueries: ["news", "weather"] }, async ({ tool, asked }) => {
      await using first = await tool.createInstance({ signal });
      await using second = await tool.createInstance({ signal });
      await first.warmUps?.["cache_common_queries"]?.({ signal });
      await second.warmUps?.["cache_common_queries"]?.({ signal });
      expect(asked).toHaveLength(2);
      await second.execute({ query: "weather" }, { signal });
      expect(asked).toHaveLength(2);
      expect(tool.figures()).toEqual({ hits: 1, misses: 0, kept: 2 });
    });
    expect(() => new WebSearch({ url: "http://a.example", commonQueries: ["news"] })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_OPTIONS" }),
    );
  });

  it("opens its connections ahead", async () => {
    await using server = await serve(searxng([]));
    await using instance = await new WebSearch({ url: server.origin, connections: 3 }).createInstance({ signal });
    await instance.warmUps?.["establish_connections"]?.({ signal });
    expect(server.connections()).toBe(3);
  });

  it.each([
    [
      403,
      "<h1>Forbidden</h1>",
      { code: "LLMSPELL_E_TOOL_SEARCH_FORMAT", isFinal: true, hint: /Add `json` to `search\.formats`/ },
    ],
    [429, "Too Many Requests", { code: "LLMSPELL_E_TOOL_HTTP_STATUS", isFinal: false }],
    [302, "", { code: "LLMSPELL_E_TOOL_HTTP_REDIRECT" }],
    [200, "<html>", { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE" }],
    [200, '{"results": 5}', { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE", message: /no list of `results`/ }],
    [200, "[]", { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE" }],
    [200, "null", { code: "LLMSPELL_E_TOOL_HTTP_RESPONSE" }],
  ])(
    "answers %i %s with an error that says what to do",
    async (status, body, {
      hint = /./,
      message = /./,
      ...error
    }: { code: string; isFinal?: boolean; hint?: RegExp; message?: RegExp }) => {
      const headers = { "content-type": "application/json", ...(status === 302 && { location: "/elsewhere" }) };
      await using server = await serve((_, response) => response.writeHead(status, headers).end(body));
      const tool = new WebSearch({ url: server.origin, cache: {} });
      await using instance = await tool.createInstance({ signal });
      await expect(instance.execute({ query: "x" }, { signal })).rejects.toMatchObject({
        ...error,
        hint: expect.stringMatching(hint),
        message: expect.stringMatching(message),
      });
      expect(tool.figures()).toMatchObject({ kept: 0 });
    },
  );
});
