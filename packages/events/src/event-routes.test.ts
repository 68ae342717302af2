import { isLlmspellError } from "@llmspell/base";
import { describeRoute } from "@llmspell/testkit/conformance/route";
import { describe, expect, it } from "vitest";
import { DynamicRoute, PatternRoute, StaticRoute } from "./event-routes.ts";

describeRoute("StaticRoute", () => new StaticRoute("user_login"), {
  taken: [{ type: "user_login" }],
  left: [{ type: "user_login2" }, { type: "user_logi" }, { type: "User_login" }],
});
describeRoute("PatternRoute", () => new PatternRoute(/^user_.*$/), {
  taken: [{ type: "user_" }, { type: "user_login" }],
  left: [{ type: "a_user_login" }, { type: "system" }],
});
describeRoute("PatternRoute with a flag, unanchored", () => new PatternRoute(/login|LOGOUT/i), {
  taken: [{ type: "user_LogIn_failed" }, { type: "logout" }],
  left: [{ type: "log_in" }],
});
describeRoute("DynamicRoute", () => new DynamicRoute((event) => (event.data as { premium?: boolean }).premium), {
  taken: [{ data: { premium: true } }],
  left: [{ data: {} }, { data: { premium: false } }, { data: null }],
});

describe("PatternRoute", () => {
  it.each(["(a+)+$", "(a|a)*b", "(a|aa)+$", "(.*)*x", "^(([a-z])+.)+[A-Z]([a-z])+$"])(
    "answers at once for %s, which would take ages when backtracking",
    (pattern) => {
      expect(new PatternRoute(pattern).matchesType(`${"a".repeat(20_000)}!`)).toBe(false);
    },
  );

  it.each([/(?=a)b/, /(a)\1/, /a/g, /a/y])("refuses %s", (pattern) => {
    expect.assertions(1);
    try {
      new PatternRoute(pattern);
    } catch (error) {
      expect(isLlmspellError(error, "LLMSPELL_E_EVENT_PATTERN")).toBe(true);
    }
  });
});
