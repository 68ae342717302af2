import type { Provider, Unavailability } from "@llmspell/agents";
import { silentLog } from "@llmspell/base";
import { describe, expect, it } from "vitest";
import { Extractive } from "./extractive.ts";
import { FirstConfigured } from "./first-configured.ts";

class Unset implements Provider {
  readonly id = "remote";
  readonly model = "large";
  readonly unavailable: Unavailability;
  isDisposed = false;

  constructor(problem: string, reason: Unavailability["reason"] = "not_configured") {
    this.unavailable = { reason, problem };
  }

  languageModel(): never {
    throw new Error("must not be asked");
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.isDisposed = true;
  }
}

describe("the provider first_configured", () => {
  it("stands for the first one that is configured", async () => {
    const provider = new FirstConfigured({ providers: [new Unset("baseUrl is not set"), new Extractive()] });
    expect(provider).toMatchObject({ id: "extractive", model: "extractive", unavailable: undefined });
    expect((await provider.languageModel()).modelId).toBe("extractive");
  });

  it("says which one it stands for, and why not for those before it", () => {
    const messages: string[] = [];
    const log = { ...silentLog, info: (message: string) => messages.push(message) };
    const providers = [new Unset("baseUrl is not set"), new Extractive(), new Unset("no key")];
    new FirstConfigured({ providers }, { log, owner: "agent triage" });
    new FirstConfigured({ providers: [new Extractive()] }, { log, owner: "agent plain" });
    expect(messages).toEqual([
      "The provider of agent triage is extractive, model extractive; left out: remote: baseUrl is not set.",
      "The provider of agent plain is extractive, model extractive.",
    ]);
  });

  it("passes over none that is configured in part", () => {
    const half = new Unset("model is not set", "misconfigured");
    const provider = new FirstConfigured({ providers: [new Unset("no key"), half, new Extractive()] });
    expect(provider).toMatchObject({ id: "remote", unavailable: half.unavailable });
  });

  it("says of each why none is", () => {
    const provider = new FirstConfigured({ providers: [new Unset("baseUrl is not set"), new Unset("no key")] });
    expect(provider).toMatchObject({
      id: "first_configured",
      unavailable: {
        reason: "not_configured",
        problem: "none is configured (remote: baseUrl is not set; remote: no key)",
      },
    });
    expect(() => provider.languageModel()).toThrow("none is configured");
  });

  it("disposes all of them, also when one fails", async () => {
    const kept = new Unset("a");
    const stuck: Provider = {
      ...new Extractive(),
      languageModel: () => kept.languageModel(),
      [Symbol.asyncDispose]: () => Promise.reject(new Error("stuck")),
    };
    await expect(new FirstConfigured({ providers: [kept, stuck] })[Symbol.asyncDispose]()).rejects.toThrow("stuck");
    expect(kept.isDisposed).toBe(true);
  });

  it("disposes all of them", async () => {
    const providers = [new Unset("a"), new Unset("b")];
    await new FirstConfigured({ providers: [...providers, new Extractive()] })[Symbol.asyncDispose]();
    expect(providers.map(({ isDisposed }) => isDisposed)).toEqual([true, true]);
  });
});
