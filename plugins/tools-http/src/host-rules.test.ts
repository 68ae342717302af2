import { describe, expect, it } from "vitest";
import { guardedLookup } from "./guarded-lookup.ts";
import { HostRules, isPrivateAddress } from "./host-rules.ts";

const refusal = expect.objectContaining({ code: "LLMSPELL_E_TOOL_HTTP_HOST", isFinal: true });

describe("HostRules", () => {
  const rules = new HostRules(
    ["api.example.com", "*.example.org", "internal.lan:8080", "[::1]:9000"],
    "http://10.0.0.1:81",
  );

  it.each([
    "https://api.example.com/x",
    "http://API.example.com./".replace("./", "/"),
    "https://a.b.example.org/",
    "http://internal.lan:8080/",
    "http://[::1]:9000/",
    "http://10.0.0.1:81/x",
  ])("allows %s", (url) => {
    expect(() => rules.check(new URL(url))).not.toThrow();
  });

  it.each([
    "https://api.example.com:8443/",
    "https://example.org/",
    "https://evilexample.org/",
    "https://example.org.evil.example/",
    "http://internal.lan/",
    "http://10.0.0.1/",
    "http://10.0.0.1:82/",
    "https://10.0.0.1:81/",
  ])("refuses %s", (url) => {
    expect(() => rules.check(new URL(url))).toThrow(refusal);
  });

  it("with * allows every public host, and no private address in any way of writing it", () => {
    const open = new HostRules(["*", "*:8080"]);
    for (const url of ["https://example.com/", "http://93.184.215.14:8080/", "http://[2606:2800:220:1::1]/"]) {
      expect(() => open.check(new URL(url))).not.toThrow();
    }
    for (const host of [
      "127.0.0.1",
      "0x7f.1",
      "2130706433",
      "017700000001",
      "[::1]",
      "[::ffff:127.0.0.1]",
      "169.254.169.254",
    ]) {
      expect(() => open.check(new URL(`http://${host}/`))).toThrow(refusal);
    }
  });
});

it.each([
  ["127.0.0.1", true],
  ["10.1.2.3", true],
  ["172.31.255.255", true],
  ["172.32.0.0", false],
  ["192.168.0.1", true],
  ["100.64.0.1", true],
  ["8.8.8.8", false],
  ["::1", true],
  ["fd00::1", true],
  ["fe80::1", true],
  ["::ffff:10.0.0.1", true],
  ["64:ff9b::a00:1", true],
  ["2001:4860:4860::8888", false],
])("the address %s is private: %s", (address, isPrivate) => {
  expect(isPrivateAddress(address)).toBe(isPrivate);
});

describe("guardedLookup", () => {
  const lookUp = (hosts: HostRules, all: boolean) =>
    new Promise((resolve) => {
      guardedLookup(hosts)("localhost", { all }, (error, address) => resolve(error ?? address));
    });

  it("refuses a name that resolves to a private address, unless it is listed by name", async () => {
    expect(await lookUp(new HostRules(["*"]), true)).toEqual(refusal);
    expect(await lookUp(new HostRules(["*", "localhost:3000"]), false)).toMatch(/^(127\.0\.0\.1|::1)$/);
    const all = await lookUp(new HostRules([], "http://localhost:3000"), true);
    expect(all).toContainEqual(expect.objectContaining({ address: expect.stringMatching(/^(127\.0\.0\.1|::1)$/) }));
  });
});
