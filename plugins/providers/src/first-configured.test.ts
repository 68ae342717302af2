import type { Provider } from "@llmspell/agents";
import { describe, expect, it } from "vitest";
import { Extractive } from "./extractive.ts";
import { FirstConfigured } from "./first-configured.ts";

class Unset implements Provider {
  readonly id = "remote";
  readonly model = "large";
  readonly unavailable: string;
  isDisposed = false;

  constructor(unavailable: string) {
    this.unavailable = unavailable;
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

  it("says of each why none is", () => {
    const provider = new FirstConfigured({ providers: [new Unset("baseUrl is not set"), new Unset("no key")] });
    expect(provider).toMatchObject({
      id: "first_configured",
      unavailable: "none is configured (remote: baseUrl is not set; remote: no key)",
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
