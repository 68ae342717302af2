import { createRequire } from "node:module";
import { expect, it } from "vitest";
import { warmUps as analyzerWarmUps } from "./analyzer-module.ts";
import summarize, { warmUps as summarizerWarmUps } from "./summarizer-module.ts";

/** Whether this process has the model in memory; Node keeps what CommonJS modules it has loaded. */
function isModelLoaded(): boolean {
  return Object.keys(createRequire(import.meta.url).cache).some((path) => path.includes("wink-eng-lite-web-model"));
}

it("loads nothing before it is asked to, and the model when it is", async () => {
  expect(isModelLoaded()).toBe(false);
  await summarizerWarmUps.load_model();
  expect(isModelLoaded()).toBe(true);
  await summarizerWarmUps.initialize_tokenizer();
  expect((await summarize({ text: "It works." })).summary).toBe("It works.");
});

it("can be done in any order, and again", async () => {
  for (const warmUp of [
    analyzerWarmUps.initialize_tokenizer,
    analyzerWarmUps.load_model,
    analyzerWarmUps.initialize_tokenizer,
  ]) {
    await warmUp();
  }
  expect(Object.keys(analyzerWarmUps)).toEqual(Object.keys(summarizerWarmUps));
});
