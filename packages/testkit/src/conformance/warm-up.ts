import type { ToolContext, ToolInstance, WarmUp } from "@llmspell/tools";
import { describe, expect, it } from "vitest";

/** What the suite must know of a warm-up to run it. */
export interface WarmUpCase {
  /** What it asks of an instance: one of the instance's own tasks by name, or calls of the tool. */
  readonly asksFor: { readonly task: string } | "calls";
}

/** How the suite's instance answers whatever it is asked for. */
type Behaviour = (signal: AbortSignal) => Promise<void>;

const never = () => new AbortController().signal;
const willing: Behaviour = async () => undefined;
const untilAborted: Behaviour = (signal) =>
  new Promise((_, reject) => signal.addEventListener("abort", () => reject(signal.reason), { once: true }));

/** An instance that says what it was asked for. */
class ProbeInstance implements ToolInstance {
  readonly asked: string[] = [];
  readonly warmUps: NonNullable<ToolInstance["warmUps"]>;
  underWay = 0;
  readonly #behaviour: Behaviour;

  constructor(behaviour: Behaviour, tasks: readonly string[]) {
    this.#behaviour = behaviour;
    const run = (task: string) => (context: ToolContext) => this.#answer(task, context);
    this.warmUps = Object.fromEntries(tasks.map((task) => [task, run(task)]));
  }

  async execute(_: unknown, context: ToolContext): Promise<unknown> {
    await this.#answer("call", context);
    return "an answer";
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.asked.push("disposal");
  }

  async #answer(what: string, { signal }: ToolContext): Promise<void> {
    this.asked.push(what);
    this.underWay++;
    try {
      await this.#behaviour(signal);
    } finally {
      this.underWay--;
    }
  }
}

/**
 * The rules that every warm-up keeps, whatever it warms.
 *
 * @param name how the warm-up is called in YAML
 * @param create makes a warm-up that nobody has run yet
 */
export function describeWarmUp(name: string, create: () => WarmUp, { asksFor }: WarmUpCase): void {
  const expected = asksFor === "calls" ? "call" : asksFor.task;
  const probe = (behaviour: Behaviour) => new ProbeInstance(behaviour, asksFor === "calls" ? [] : [asksFor.task]);

  describe(`warm-up ${name}`, () => {
    it("asks the instance for what it says, and leaves the instance to the pool", async () => {
      const instance = probe(willing);
      await create().run(instance, { signal: never() });
      expect(instance.asked.length).toBeGreaterThan(0);
      expect(new Set(instance.asked)).toEqual(new Set([expected]));
    });

    it("can run again on the same instance, and on several at once", async () => {
      const warmUp = create();
      const instances = [1, 2, 3].map(() => probe(willing));
      await Promise.all(instances.map((instance) => warmUp.run(instance, { signal: never() })));
      const [first] = instances;
      if (first === undefined) throw new Error("A list of three has a first.");
      const once = [...first.asked];
      for (const { asked } of instances) expect(asked).toEqual(once);
      await warmUp.run(first, { signal: never() });
      expect(first.asked).toEqual([...once, ...once]);
    });

    it("fails when the instance does, says why, and can be tried again", async () => {
      let isFailing = true;
      const instance = probe(async () => {
        if (isFailing) throw new Error("out of cheese");
      });
      const warmUp = create();
      await expect(warmUp.run(instance, { signal: never() })).rejects.toThrow("out of cheese");
      expect(instance.underWay).toBe(0);
      isFailing = false;
      await warmUp.run(instance, { signal: never() });
    });

    it("asks for nothing when it is given up before it begins", async () => {
      const instance = probe(willing);
      const reason = new Error("given up");
      await expect(create().run(instance, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
      expect(instance.asked).toEqual([]);
    });

    it("ends when it is given up, with the reason and with nothing under way", async () => {
      const instance = probe(untilAborted);
      const abort = new AbortController();
      const running = create().run(instance, { signal: abort.signal });
      const reason = new Error("given up");
      const ended = expect(running).rejects.toBe(reason);
      expect(instance.underWay).toBeGreaterThan(0);
      abort.abort(reason);
      await ended;
      expect(instance.underWay).toBe(0);
    });

    if (asksFor !== "calls") {
      it("tells for good that an instance cannot do it, and what it can do instead", async () => {
        const instance = new ProbeInstance(willing, ["brew_tea"]);
        const problem: unknown = await create()
          .run(instance, { signal: never() })
          .catch((error: unknown) => error);
        expect(problem).toMatchObject({ isFinal: true, message: expect.stringContaining("brew_tea") });
        expect(instance.asked).toEqual([]);
      });
    }
  });
}
