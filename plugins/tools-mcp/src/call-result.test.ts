import { describe, expect, it } from "vitest";
import { outputOf } from "./call-result.ts";

const call = { server: "scripted", tool: "obey" };
const text = (value: string) => ({ type: "text", text: value });

describe("the output of a call", () => {
  it("is what is structured, also where it is empty, before the content", () => {
    expect(outputOf({ content: [text("{}")], structuredContent: {} }, call)).toEqual({});
  });

  it("is the content as it is, with kinds of blocks that are not known yet", () => {
    const content = [text("a"), { type: "hologram", light: 1 }];
    expect(outputOf({ content, isError: false }, call)).toBe(content);
    expect(outputOf({}, call)).toEqual([]);
  });

  it("is an error with all its text when the tool failed", () => {
    const content = [text("no cheese"), { type: "image", data: "" }, text("today")];
    expect(() => outputOf({ content, isError: true, structuredContent: {} }, call)).toThrow(
      expect.objectContaining({
        code: "LLMSPELL_E_MCP_TOOL_FAILED",
        message: "The tool obey failed: no cheese\n[image]\ntoday",
        cause: content,
      }),
    );
    expect(() => outputOf({ content: [], isError: true }, call)).toThrow("The tool obey failed: it gave no reason.");
  });

  it.each([["not a list"], [null], [{}]])("is a fault of the server when its content is %j", (content) => {
    expect(() => outputOf({ content }, call)).toThrow(expect.objectContaining({ code: "LLMSPELL_E_MCP_PROTOCOL" }));
  });
});
