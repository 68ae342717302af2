import { seededRandom } from "@llmspell/base";
import type { HookData } from "@llmspell/hooks";
import { describe, expect, it } from "vitest";
import type { RedactOptions } from "./generated/options.ts";
import { Redact } from "./redact.ts";
import { contextFor } from "./testing/context-for.ts";

// Put together here so that no scanner of this repository takes them for leaked ones.
const GITHUB = `ghp_${"a1B2c3D4e5F6".repeat(3)}`;
const OPENAI = `sk-proj-${"Ab3dEf6hIj9kLm2n".repeat(2)}`;
const JWT = ["eyJhbGciOiJIUzI1NiJ9", "eyJzdWIiOiIxMjM0NTY3ODkwIn0", "dozjgNryP4J3jVmNHl0w5N"].join(".");
const BASE64 = "MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEAAoIBAQC7VJTUt9Us8cKj";
const key = (body: string, end = "-----END RSA PRIVATE KEY-----") => `-----BEGIN RSA PRIVATE KEY-----\n${body}\n${end}`;

const handle = (data: HookData, options?: RedactOptions) => new Redact(options).handle(contextFor(data));
const redact = (text: string, options?: RedactOptions, hook = new Redact(options), scope = {}) => {
  const outcome = hook.handle(contextFor({ text }, { scope }));
  return outcome?.kind === "modify" ? outcome.patch["text"] : text;
};

describe("redact finds", () => {
  it.each([
    ["secret", `export GITHUB_TOKEN=${GITHUB}`, "export GITHUB_TOKEN=[redacted:secret]"],
    ["secret", `key: "${OPENAI}"`, 'key: "[redacted:secret]"'],
    ["secret", `aws AKIA${"IOSFODNN7EXAMPLE"} leaked`, "aws [redacted:secret] leaked"],
    ["secret", `token ${JWT}.`, "token [redacted:secret]."],
    ["secret", "Authorization: Bearer mF_9.B5f-4.1JqMabcdefgh", "Authorization: [redacted:secret]"],
    ["secret", `before\n${key(`${BASE64}\n${BASE64}`)}\nafter`, "before\n[redacted:secret]\nafter"],
    ["secret", `{"key":"-----BEGIN PRIVATE KEY-----\\n${BASE64}\\n${BASE64}`, '{"key":"[redacted:secret]'],
    ["email", "Write to jane.doe+bugs@mail.example.co.uk.", "Write to [redacted:email]."],
    [
      "email",
      "Signed-off-by: Codertocat <21031067+Codertocat@users.noreply.github.com>",
      "Signed-off-by: Codertocat <[redacted:email]>",
    ],
    ["phone", "Call +1 415-555-2671 or (415) 555-2671.", "Call [redacted:phone] or [redacted:phone]."],
    [
      "phone",
      "London: +44 20 7946 0958, Berlin: +49 (0)30 1234567",
      "London: [redacted:phone], Berlin: [redacted:phone]",
    ],
    [
      "credit_card",
      "visa 4111 1111 1111 1111, amex 378282246310005",
      "visa [redacted:credit_card], amex [redacted:credit_card]",
    ],
    ["credit_card", "4111 1111 1111 1111 123", "[redacted:credit_card] 123"],
    ["credit_card", "4111-1111-1111-1111-123", "[redacted:credit_card]-123"],
    ["credit_card", "card 4111 1111 1111 1111 12/26", "card [redacted:credit_card] 12/26"],
    ["credit_card", "qty 2 4111111111111111", "qty 2 [redacted:credit_card]"],
    ["credit_card", "tel 030 1234567 3782 822463 10005 99", "tel 030 1234567 [redacted:credit_card] 99"],
    ["credit_card", "4111 1111 1111 1111 5555 5555 5555 4444", "[redacted:credit_card] [redacted:credit_card]"],
    ["iban", "IBAN DE89 3704 0044 0532 0130 00 please", "IBAN [redacted:iban] please"],
    ["iban", "to GB82WEST12345698765432", "to [redacted:iban]"],
    ["iban", "AT61 1904 3002 3457 3201 EURO", "[redacted:iban] EURO"],
  ])("%s in %j", (_, text, expected) => {
    expect(redact(text)).toBe(expected);
  });
});

describe("redact leaves alone", () => {
  it.each([
    ["a commit hash", "fixed in 6113728f27ae82c7b1a177c8d03f9e96e0adf246"],
    ["a UUID", "id 123e4567-e89b-12d3-a456-426614174000"],
    ["a date and a version", "on 2024-01-15T10:30:00Z, version 10.20.30-rc.1, lodash@4.17.21"],
    ["an IP address and a port", "http://192.168.100.200:8080/path"],
    ["a Git remote", "git clone git@github.com:Codertocat/Hello-World.git"],
    ["a mention and a scoped package", "@octocat uses @octokit/webhooks-examples"],
    ["an image for dense screens", "![](icon@2x.png)"],
    ["a CSS class", '<div class="sk-folding-cube-container-wide-screen">'],
    ["a timestamp in milliseconds", "at 1700000000000"],
    ["a card number with a wrong check digit", "4111 1111 1111 1112"],
    ["a table of numbers", "4 11 11 11 11 11 11 11 11 3 78 28 22 46 31 00 05"],
    ["an IBAN with wrong check digits", "DE88 3704 0044 0532 0130 00"],
    ["a number of ten digits", "run 1234567890 failed"],
    ["talk of bearer tokens", "Bearer authentication-is-required-for-this-call"],
    ["talk of private keys", "It starts with -----BEGIN PRIVATE KEY----- and then the body."],
    ["votes", "+1 for this, +1000 even"],
  ])("%s", (_, text) => {
    expect(redact(text)).toBe(text);
  });
});

describe("redact", () => {
  it("patches only what changes, at any depth", () => {
    const messages = [
      { role: "system", content: "Be kind." },
      { role: "user", content: [{ type: "text", text: "I am a@example.com" }] },
    ];
    const outcome = handle({ model: "m", messages, meta: { kept: null, from: "b@example.com" } });
    expect(outcome).toEqual({
      kind: "modify",
      patch: {
        messages: [messages[0], { role: "user", content: [{ type: "text", text: "I am [redacted:email]" }] }],
        meta: { from: "[redacted:email]" },
      },
    });
    expect(outcome?.kind === "modify" && (outcome.patch["messages"] as unknown[])[0]).toBe(messages[0]);
    expect(messages[1]?.content).toEqual([{ type: "text", text: "I am a@example.com" }]);
  });

  it("answers nothing when there is nothing to redact", () => {
    expect(handle({ messages: ["hello"], n: 1, none: null })).toBeUndefined();
  });

  it("looks only at the fields it is given", () => {
    const data = { a: { b: "x@example.com", c: "x@example.com" }, ab: "x@example.com" };
    expect(handle(data, { fields: ["a.b", "missing.path"] })).toMatchObject({
      patch: { a: { b: "[redacted:email]" } },
    });
    expect(handle(data, { fields: ["a"] })).toEqual({
      kind: "modify",
      patch: { a: { b: "[redacted:email]", c: "[redacted:email]" } },
    });
  });

  it("looks only for what it is told to, and for patterns of one's own", () => {
    const options: RedactOptions = { detect: ["phone"], patterns: { ticket: "\\bACME-\\d+" } };
    expect(redact("ACME-42 by a@example.com", options)).toBe("[redacted:ticket] by a@example.com");
  });

  it("counts by what it was", () => {
    const hook = new Redact();
    redact(`a@example.com b@example.com ${GITHUB}`, undefined, hook);
    expect(hook.figures()).toEqual({ email: 2, secret: 1 });
  });

  it.each([
    ["(", "missing closing )"],
    ["x*", "matches the empty text"],
    ["(?=x)x", "invalid or unsupported Perl syntax"],
    ["(x)\\1", "invalid escape sequence"],
  ])("refuses the pattern %s", (ticket, problem) => {
    const build = () => new Redact({ patterns: { ticket } });
    expect(build).toThrow(expect.objectContaining({ code: "LLMSPELL_E_HOOK_GUARD_PATTERN" }));
    expect(build).toThrow(problem);
  });

  it("passes over matches of no character", () => {
    expect(redact("a👍b", { patterns: { edge: "\\b" } })).toBe("a👍b");
  });

  it("refuses a pattern that is named like what it knows itself", () => {
    expect(() => new Redact({ patterns: { email: "@acme" } })).toThrow(
      expect.objectContaining({ code: "LLMSPELL_E_HOOK_GUARD_PATTERN", message: expect.stringContaining('"email"') }),
    );
  });

  it("never looks into its own marks", () => {
    const patterns = { word: "redacted|email", ticket: "ACME-\\d+" };
    expect(redact("ACME-1 and email from a@example.com", { patterns })).toBe(
      "[redacted:ticket] and [redacted:word] from [redacted:email]",
    );
  });
});

describe("redact, reversible,", () => {
  const options: RedactOptions = { reversible: true, patterns: { word: "redacted|[a-z]{9}" } };
  const newHook = () => new Redact(options, { random: seededRandom(1) });

  it("gives the same value the same token in one scope, and another one in another", () => {
    const hook = newHook();
    const scope = {};
    const text = "a@example.com, b@example.com, a@example.com";
    const once = String(redact(text, options, hook, scope));
    const [, first, second] = /^(\[redacted:email:[a-z]{9}\]), (\[redacted:email:[a-z]{9}\]), \1$/.exec(once) ?? [];
    expect(second).not.toBe(first);
    expect(redact(text, options, hook, scope)).toBe(once);
    expect(redact(text, options, newHook(), scope)).toBe(once);
    expect(redact(text, options, hook, {})).not.toBe(once);
  });

  it("leaves tokens of its scope alone, whatever its patterns are, and not those of another", () => {
    const hook = newHook();
    const scope = {};
    const once = redact("Hi a@example.com", options, hook, scope);
    expect(redact(`Re: ${once}`, options, hook, scope)).toBe(`Re: ${once}`);
    expect(redact(`Re: ${once}`, options, hook, {})).not.toBe(`Re: ${once}`);
    expect(hook.figures()).toEqual({ email: 1, word: 2 });
  });
});

describe("redact takes linear time", () => {
  const options: RedactOptions = { patterns: { nested: "(?:a+)+!", far: "x.{0,500}y" } };
  /** Milliseconds; generous, because quadratic work on texts of this length takes minutes. */
  const BOUND = 5000;

  it.each([
    "1 ",
    "4111 1111 ",
    "4111-",
    "4111111111111112 ",
    "a.",
    "a@",
    "a@a.",
    "A1",
    "AA11",
    "+1 ",
    "+1(1)",
    "(111) ",
    "-----BEGIN PRIVATE KEY-----",
    `-----BEGIN PRIVATE KEY-----${"A".repeat(64)}\\n`,
    "-----BEGIN ",
    "eyJaaaaaaaaaaaa.",
    "eyJ",
    "sk-a",
    "DE89 ",
    "DE89 AAAA AAAA AAAA ",
    "4-",
    "Bearer a",
    "bearer  ",
    "a",
    "x",
    "aaaaaaaaaaaaaaaa x",
  ])(
    "on a long text of %j",
    (unit) => {
      const text = unit.repeat(Math.ceil(200_000 / unit.length));
      expect(typeof redact(text, options)).toBe("string");
    },
    BOUND,
  );

  it(
    "on any mixture of what patterns begin with",
    () => {
      const units = [
        "sk-",
        "eyJ",
        "4111 ",
        "+1 ",
        "a@",
        ".",
        "-----BEGIN PRIVATE KEY-----",
        "DE89 ",
        "Bearer ",
        "a",
        "1",
      ];
      const random = seededRandom(7);
      const pick = () => units[Math.floor(random() * units.length)] ?? "";
      for (let round = 0; round < 10; round++)
        expect(typeof redact(Array.from({ length: 20_000 }, pick).join(""))).toBe("string");
    },
    BOUND,
  );
});
