import { isLlmspellError } from "@llmspell/base";
import { describeRoute } from "@llmspell/testkit/conformance/route";
import { describe, expect, it } from "vitest";
import { createDynamicRoute, createPatternRoute } from "./plugin.ts";

describeRoute("pattern", () => createPatternRoute({ pattern: "^user_.*$" }), {
  taken: [{ type: "user_login" }],
  left: [{ type: "system" }],
});
describeRoute("pattern with a glob", () => createPatternRoute({ glob: "issues.*" }), {
  taken: [{ type: "issues.opened" }, { type: "issues.x/y" }],
  left: [{ type: "issues" }, { type: "issues.opened.again" }, { type: "issuesXopened" }, { type: "a.issues.opened" }],
});
describeRoute("pattern with a glob over several parts", () => createPatternRoute({ glob: "{push,release.**}" }), {
  taken: [{ type: "push" }, { type: "release.a" }, { type: "release.a.b" }],
  left: [{ type: "pushed" }, { type: "pull" }],
});
describeRoute("dynamic", () => createDynamicRoute({ when: "event.data.premium && event.data.userId != ''" }), {
  taken: [{ data: { premium: true, userId: "u1" } }],
  left: [
    { data: { premium: true, userId: "" } },
    { data: { premium: false, userId: "u1" } },
    { data: {} },
    { data: null },
  ],
});
describeRoute(
  "dynamic over the event itself",
  () => createDynamicRoute({ when: "event.type.startsWith('a') && event.key == 'k'" }),
  {
    taken: [{ type: "abc", key: "k" }],
    left: [{ type: "abc" }, { type: "bcd", key: "k" }],
  },
);

describe("creating routes", () => {
  it.each([{}, { pattern: "a", glob: "b" }])("refuses %j as a pattern route", (options) => {
    expect(() => createPatternRoute(options)).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_EVENT_ROUTE_PATTERN" }),
    );
  });

  it("refuses a condition that does not compile", () => {
    expect.assertions(1);
    try {
      createDynamicRoute({ when: "event.data ==" });
    } catch (error) {
      expect(isLlmspellError(error, "LLMSPELL_E_EXPRESSION")).toBe(true);
    }
  });
});
