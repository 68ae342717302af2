import { silentLog } from "@llmspell/base";
import type { Step, StepScope } from "@llmspell/pipelines";
import { describe, expect, it } from "vitest";
import { VirtualClock } from "../virtual-clock.ts";

/** A step under test, and what it handles. */
export interface StepFixture extends Partial<AsyncDisposable> {
  readonly step: Step;
  /** What the step handles without failing. */
  readonly scope: StepScope;
}

/**
 * The rules that every step keeps, whatever it does.
 *
 * @param name how the step is called in YAML
 * @param create makes a step that has not been opened; called for each test
 */
export function describeStep(name: string, create: () => StepFixture | Promise<StepFixture>): void {
  describe(`step ${name}`, () => {
    const contextOf = (signal: AbortSignal) => ({ signal, clock: new VirtualClock(), log: silentLog });
    const context = contextOf(new AbortController().signal);
    const using = async (test: (fixture: StepFixture) => Promise<void>) => {
      const fixture = await create();
      try {
        await fixture.step.open?.();
        await test(fixture);
      } finally {
        await fixture.step[Symbol.asyncDispose]?.();
        await fixture[Symbol.asyncDispose]?.();
      }
    };

    it("gives any JSON value or nothing, and changes nothing in its scope", () =>
      using(async ({ step, scope }) => {
        const before = structuredClone(scope);
        const result = await step.run(scope, context);
        expect(scope).toEqual(before);
        if (result !== undefined) expect(JSON.parse(JSON.stringify(result))).toEqual(result);
      }));

    it("handles several events at once", () =>
      using(async ({ step, scope }) => {
        await Promise.all(Array.from({ length: 5 }, async () => step.run(structuredClone(scope), context)));
      }));

    it("ends when its signal aborts", () =>
      using(async ({ step, scope }) => {
        const controller = new AbortController();
        const run = Promise.allSettled([step.run(scope, contextOf(controller.signal))]);
        controller.abort(new Error("enough"));
        await run;
      }));

    it("can be disposed without having been opened, and again", async () => {
      const { step, ...fixture } = await create();
      await step[Symbol.asyncDispose]?.();
      await step[Symbol.asyncDispose]?.();
      await fixture[Symbol.asyncDispose]?.();
    });
  });
}
