import type { JsonSchema, Tool, ToolInstance, ToolProgress } from "@llmspell/tools";
import { Ajv, type ValidateFunction } from "ajv";
import { Ajv2020 } from "ajv/dist/2020.js";
import { describe, expect, it } from "vitest";

/** What the suite must know of a tool to call it. */
export interface ToolCase {
  /** An input that fits the tool's schema, and that it serves. */
  readonly input: unknown;
  /** Checks the output of that input. */
  readonly expectOutput: (output: unknown) => void;
}

const never = () => new AbortController().signal;

/**
 * The rules that every tool keeps, whatever it does.
 *
 * @param name how the tool is called in YAML
 * @param create makes a tool that nobody has used yet
 */
export function describeTool(name: string, create: () => Tool, { input, expectOutput }: ToolCase): void {
  describe(`tool ${name}`, () => {
    /** Runs a test on a prepared tool, and disposes what it made. */
    async function withTool(test: (tool: Tool, instance: ToolInstance) => Promise<void>): Promise<void> {
      const tool = create();
      await tool.prepare?.({ signal: never() });
      const instance = await tool.createInstance({ signal: never() });
      try {
        await test(tool, instance);
      } finally {
        await instance[Symbol.asyncDispose]();
        await tool[Symbol.asyncDispose]?.();
      }
    }

    it("says what it does and what it takes, in schemas that compile", async () => {
      await withTool(async ({ description, inputSchema, outputSchema }) => {
        expect(description).not.toBe("");
        expect(compile(inputSchema)(input)).toBe(true);
        if (outputSchema !== undefined) compile(outputSchema);
      });
    });

    it("serves calls, several at once, with outputs that fit its schema", async () => {
      await withTool(async ({ outputSchema }, instance) => {
        const outputs = await Promise.all([1, 2, 3].map(() => instance.execute(input, { signal: never() })));
        const validate = compile(outputSchema ?? {});
        for (const output of outputs) {
          expectOutput(output);
          expect(validate(output)).toBe(true);
        }
      });
    });

    it("gives instances that do not share their end", async () => {
      await withTool(async (tool, instance) => {
        const other = await tool.createInstance({ signal: never() });
        await other[Symbol.asyncDispose]();
        expectOutput(await instance.execute(input, { signal: never() }));
      });
    });

    it("is fit when it is new", async () => {
      await withTool(async (_, instance) => {
        expect(instance.isBroken ?? false).toBe(false);
        await instance.check?.(never());
      });
    });

    it("goes on serving after a call that was given up, unless it says that it is broken", async () => {
      await withTool(async (_, instance) => {
        const controller = new AbortController();
        const given = instance.execute(input, { signal: controller.signal });
        controller.abort(new Error("given up"));
        await Promise.allSettled([given]);
        if (instance.isBroken !== true) expectOutput(await instance.execute(input, { signal: never() }));
      });
    });

    it("serves who listens to its progress as who does not; what it tells only grows", async () => {
      await withTool(async (_, instance) => {
        const told: number[] = [];
        const onProgress = ({ progress }: ToolProgress) => void told.push(progress);
        expectOutput(await instance.execute(input, { signal: never(), onProgress }));
        expect(told).toEqual([...told].sort((left, right) => left - right));
      });
    });

    it("gives its memory in bytes, where it knows it", async () => {
      await withTool(async (_, instance) => {
        if (instance.memory === undefined) return;
        // A process that has only just begun may count no page yet.
        await instance.execute(input, { signal: never() });
        const memory = await instance.memory(never());
        expect(Number.isFinite(memory)).toBe(true);
        expect(memory).toBeGreaterThan(0);
      });
    });

    it("offers the same warm-ups with each instance, and starts none for a pool that has given up", async () => {
      await withTool(async (tool, instance) => {
        const other = await tool.createInstance({ signal: never() });
        const reason = new Error("given up");
        try {
          expect(Object.keys(other.warmUps ?? {})).toEqual(Object.keys(instance.warmUps ?? {}));
          for (const warmUp of Object.values(other.warmUps ?? {})) {
            await expect(warmUp({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
          }
        } finally {
          await other[Symbol.asyncDispose]();
        }
      });
    });

    it("can be disposed again", async () => {
      await withTool(async (_, instance) => {
        await instance[Symbol.asyncDispose]();
        await instance[Symbol.asyncDispose]();
      });
    });

    it("creates nothing for a caller who has given up", async () => {
      await withTool(async (tool) => {
        const reason = new Error("given up");
        await expect(tool.createInstance({ signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      });
    });
  });
}

/** As a pool reads it: draft 2020-12 where `$schema` says so, else draft-07. */
function compile(schema: JsonSchema): ValidateFunction {
  const options = { strict: false };
  const isDraft2020 = String(schema["$schema"]).includes("2020-12");
  return (isDraft2020 ? new Ajv2020(options) : new Ajv(options)).compile(schema);
}
