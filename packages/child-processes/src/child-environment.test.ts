import { describe, expect, it, onTestFinished } from "vitest";
import { childEnvironment } from "./child-environment.ts";

describe("childEnvironment", () => {
  it("inherits what programs need, and nothing else", () => {
    const ours = { PATH: "/bin", HOME: "/home/me", LANG: "C", TMPDIR: "/tmp", API_KEY: "hush", LD_PRELOAD: "x.so" };
    const inherited = { PATH: "/bin", HOME: "/home/me", LANG: "C", TMPDIR: "/tmp" };
    expect(childEnvironment({}, ours, "linux")).toEqual(inherited);
    expect(childEnvironment({ API_KEY: "its own", LANG: "de" }, ours, "linux")).toEqual({
      ...inherited,
      API_KEY: "its own",
      LANG: "de",
    });
  });

  it("takes what is ours from this process", () => {
    process.env["LLMSPELL_TEST_SECRET"] = "hush";
    onTestFinished(() => void delete process.env["LLMSPELL_TEST_SECRET"]);
    const environment = childEnvironment({ GIVEN: "yes" });
    expect(environment).toMatchObject({ GIVEN: "yes", PATH: process.env["PATH"] });
    expect(environment).not.toHaveProperty("LLMSPELL_TEST_SECRET");
  });

  it("does not hand on shell functions", () => {
    expect(childEnvironment({}, { TERM: "() { :;}; echo" }, "linux")).toEqual({});
  });

  it("on Windows inherits what programs need there; a given name wins in any case", () => {
    const ours = { PATH: "C:\\", SYSTEMROOT: "C:\\Windows", USERPROFILE: "C:\\Users\\me", LD_PRELOAD: "x", TERM: "vt" };
    expect(childEnvironment({ Path: "D:\\" }, ours, "win32")).toEqual({
      SYSTEMROOT: "C:\\Windows",
      USERPROFILE: "C:\\Users\\me",
      Path: "D:\\",
    });
    expect(childEnvironment({ Path: "D:\\" }, ours, "linux")).toEqual({ PATH: "C:\\", TERM: "vt", Path: "D:\\" });
  });
});
