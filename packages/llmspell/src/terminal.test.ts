import { describe, expect, it } from "vitest";
import { createConsoleLog, type Verbosity } from "./console-log.ts";
import { Terminal } from "./terminal.ts";

function recorder(isTTY: boolean) {
  const written: string[] = [];
  return { isTTY, columns: 20, written, write: (text: string) => written.push(text) };
}

describe("colour", () => {
  it.each<[boolean, Readonly<Record<string, string>>, boolean]>([
    [true, {}, true],
    [false, {}, false],
    [true, { NO_COLOR: "1" }, false],
    [true, { NO_COLOR: "" }, true],
    [false, { FORCE_COLOR: "1" }, true],
    [true, { FORCE_COLOR: "0" }, false],
  ])("on a terminal: %s, with %o: %s", (isTTY, environment, expected) => {
    const terminal = new Terminal(recorder(isTTY), recorder(false), environment);
    expect(terminal.stdout.paint("red", "x") !== "x").toBe(expected);
    expect(terminal.stderr.hasColor).toBe(environment["FORCE_COLOR"] === "1");
  });
});

describe("the status line", () => {
  it("is taken away for a message and comes back below it, cut to the terminal's width", () => {
    const stderr = recorder(true);
    const terminal = new Terminal(recorder(false), stderr, { NO_COLOR: "1" });
    terminal.showStatus("1234567890123456789012345");
    terminal.say("a message");
    terminal.showStatus("");
    expect(stderr.written).toEqual([
      "\r\u001B[K1234567890123456789",
      "\r\u001B[K",
      "a message\n",
      "\r\u001B[K1234567890123456789",
      "\r\u001B[K",
    ]);
  });

  it("is not written where there is no terminal", () => {
    const stderr = recorder(false);
    const terminal = new Terminal(recorder(false), stderr, {});
    terminal.showStatus("busy");
    terminal.say("a message");
    expect(stderr.written).toEqual(["a message\n"]);
  });
});

it("takes secrets out of everything that it writes", () => {
  const [stdout, stderr] = [recorder(true), recorder(true)];
  const terminal = new Terminal(stdout, stderr, { NO_COLOR: "1" });
  terminal.redactWith((text) => text.replaceAll("hunter22", "[redacted:PASSWORD]"));
  terminal.print("result hunter22");
  terminal.say("message hunter22");
  createConsoleLog(terminal, "normal").info("log", { password: "hunter22" });
  expect([...stdout.written, ...stderr.written].join("")).not.toContain("hunter22");
});

describe("the console's log", () => {
  it.each<[Verbosity, string[]]>([
    ["quiet", ["error d\n"]],
    ["normal", ["info  b\n", "warn  c\n", "error d\n"]],
    ["verbose", ["debug a\n", "info  b\n", "warn  c\n", "error d\n"]],
  ])("when %s writes %o", (verbosity, expected) => {
    const stderr = recorder(false);
    const log = createConsoleLog(new Terminal(recorder(false), stderr, {}), verbosity);
    log.debug("a");
    log.info("b");
    log.warn("c");
    log.error("d");
    expect(stderr.written).toEqual(expected);
  });

  it("writes fields as key=value, quoted where they would be misread", () => {
    const stderr = recorder(false);
    const log = createConsoleLog(new Terminal(recorder(false), stderr, {}), "normal");
    log.warn("late", { pool: "search", reason: "took too long", ms: 12, error: new Error("gone"), list: [1, "a"] });
    expect(stderr.written).toEqual(['warn  late pool=search reason="took too long" ms=12 error="gone" list=[1,"a"]\n']);
  });
});
