import { describe, expect, it } from "vitest";
import { defineErrors } from "./error-table.ts";
import { isLlmspellError, LlmspellError, messageOf } from "./llmspell-error.ts";

const errors = defineErrors({
  LLMSPELL_E_TEST_POOL: {
    message: ({ pool }: { pool: string }) => `There is no pool "${pool}".`,
    hint: ({ pool }: { pool: string }) => `Declare ${pool}.`,
  },
  LLMSPELL_E_TEST_PLAIN: { message: () => "Nothing." },
  LLMSPELL_E_TEST_FINAL: { message: () => "Never.", final: true },
});

describe("defineErrors", () => {
  it("makes errors with code, message, hint and cause", () => {
    const cause = new Error("why");
    const error = errors.LLMSPELL_E_TEST_POOL({ pool: "search" }, { cause });
    expect(error).toBeInstanceOf(LlmspellError);
    expect(error).toMatchObject({
      name: "LlmspellError",
      code: "LLMSPELL_E_TEST_POOL",
      message: 'There is no pool "search".',
      hint: "Declare search.",
      cause,
    });
  });

  it("says which failures repeating cannot mend", () => {
    expect(errors.LLMSPELL_E_TEST_PLAIN({}).isFinal).toBe(false);
    expect(errors.LLMSPELL_E_TEST_FINAL({}).isFinal).toBe(true);
  });

  it("leaves out the cause where there is none", () => {
    const error = errors.LLMSPELL_E_TEST_PLAIN({});
    expect("cause" in error).toBe(false);
    expect(error.hint).toBeUndefined();
  });
});

describe("isLlmspellError", () => {
  it("knows errors of another copy of the package by their brand", () => {
    const foreign = Object.assign(new Error("x"), { code: "LLMSPELL_E_X" });
    Object.defineProperty(foreign, Symbol.for("llmspell.error"), { value: true });
    expect(isLlmspellError(foreign)).toBe(true);
    expect(isLlmspellError(foreign, "LLMSPELL_E_X")).toBe(true);
    expect(isLlmspellError(foreign, "LLMSPELL_E_Y")).toBe(false);
  });

  it("refuses everything else", () => {
    expect(isLlmspellError(Object.assign(new Error("x"), { code: "LLMSPELL_E_X" }))).toBe(false);
    expect(isLlmspellError("LLMSPELL_E_X")).toBe(false);
    expect(isLlmspellError(undefined)).toBe(false);
  });
});

describe("messageOf", () => {
  it.each([
    [new Error("broken"), "broken"],
    ["text", "text"],
    [undefined, "undefined"],
    [Symbol("s"), "Symbol(s)"],
    [{ message: "from another realm" }, "from another realm"],
    [Object.create(null), "a value of type object"],
  ])("says what was thrown: %o", (thrown, message) => {
    expect(messageOf(thrown)).toBe(message);
  });
});
