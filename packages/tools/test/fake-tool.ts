import type { Tool, ToolContext, ToolInstance } from "../src/tool.ts";

/** What a test decides about a fake tool; each defaults to what goes well at once. */
export interface FakeToolBehaviour {
  readonly create?: (context: ToolContext, number: number) => Promise<void> | void;
  readonly execute?: (input: unknown, context: ToolContext, instance: FakeInstance) => Promise<unknown> | unknown;
  readonly check?: (instance: FakeInstance) => Promise<void> | void;
  readonly memory?: (instance: FakeInstance) => number;
}

export class FakeInstance implements ToolInstance {
  readonly number: number;
  readonly #behaviour: FakeToolBehaviour;
  readonly memory?: () => Promise<number>;
  isBroken = false;
  isDisposed = false;
  inFlight = 0;
  mostInFlight = 0;

  constructor(number: number, behaviour: FakeToolBehaviour) {
    this.number = number;
    this.#behaviour = behaviour;
    const { memory } = behaviour;
    if (memory !== undefined) this.memory = async () => memory(this);
  }

  async execute(input: unknown, context: ToolContext): Promise<unknown> {
    if (this.isDisposed) throw new Error(`Instance ${this.number} is used after its end.`);
    this.inFlight++;
    this.mostInFlight = Math.max(this.mostInFlight, this.inFlight);
    try {
      return (await this.#behaviour.execute?.(input, context, this)) ?? input;
    } finally {
      this.inFlight--;
    }
  }

  async check(): Promise<void> {
    await this.#behaviour.check?.(this);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.isDisposed) throw new Error(`Instance ${this.number} is disposed twice.`);
    this.isDisposed = true;
  }
}

/** A tool whose every step a test decides, and which remembers its instances. */
export class FakeTool implements Tool {
  readonly description: string = "Gives back its input.";
  readonly inputSchema: Tool["inputSchema"] = {};
  readonly instances: FakeInstance[] = [];
  readonly #behaviour: FakeToolBehaviour;
  #number = 0;

  constructor(behaviour: FakeToolBehaviour = {}) {
    this.#behaviour = behaviour;
  }

  async createInstance(context: ToolContext): Promise<FakeInstance> {
    const instance = new FakeInstance(++this.#number, this.#behaviour);
    await this.#behaviour.create?.(context, instance.number);
    this.instances.push(instance);
    return instance;
  }

  get alive(): readonly FakeInstance[] {
    return this.instances.filter(({ isDisposed }) => !isDisposed);
  }
}
