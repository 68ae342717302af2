import { type Clock, type Log, messageOf } from "@llmspell/base";
import { BackgroundWork } from "./background-work.ts";
import type { CreationGate } from "./creation-gate.ts";
import type { DeadlineTimer } from "./deadline-timer.ts";
import { disposeInTime } from "./disposal.ts";
import { LimitedCall } from "./limited-call.ts";
import type { PooledInstance } from "./pooled-instance.ts";
import type { ToolInstance } from "./tool.ts";
import type { WarmUpPlan } from "./warm-up-plan.ts";

export interface InstanceMakerOptions {
  /** Milliseconds. */
  readonly creationTimeout: number;
  readonly warmUp: WarmUpPlan;
  readonly gate: CreationGate;
  readonly deadlines: DeadlineTimer;
  readonly clock: Clock;
  readonly log: Log;
  create(signal: AbortSignal): Promise<ToolInstance>;
}

/** Makes what the instances of one pool lend, and disposes it, each within its time; owns the work that goes on behind. */
export class InstanceMaker {
  readonly #options: InstanceMakerOptions;
  readonly #background = new BackgroundWork();
  readonly #stopping = new AbortController();

  constructor(options: InstanceMakerOptions) {
    this.#options = options;
  }

  /** Whether the pool stops: what fails now is no news. */
  get isStopping(): boolean {
    return this.#stopping.signal.aborted;
  }

  /**
   * Makes what a cold instance is to lend, when its turn comes, and warms it up; it is warming from then on.
   *
   * @throws what the tool throws, or that it took too long; LLMSPELL_E_POOL_WARM_UP, after which what was made is still there
   */
  make(instance: PooledInstance): Promise<void> {
    return this.#options.gate.through(async () => {
      const resource = await this.#create(instance);
      instance.made(resource, this.#options.clock.now());
      await this.#options.warmUp.run(resource, this.#stopping.signal);
    });
  }

  /** Disposes what an instance lent; what goes wrong is logged. */
  async dispose(id: string, resource: ToolInstance): Promise<void> {
    try {
      await disposeInTime(resource, this.#options);
    } catch (error) {
      this.#options.log.warn("An instance could not be disposed.", { instance: id, problem: messageOf(error) });
    }
  }

  /** Work on an instance that ends when the pool stops, and after `limit` milliseconds at the latest. */
  limited<Result>(limit: number, what: string, work: (signal: AbortSignal) => Promise<Result>): LimitedCall<Result> {
    const { deadlines, clock } = this.#options;
    const overdue = () => new Error(`${what} took longer than ${limit} ms.`);
    return new LimitedCall({ deadlines, now: clock.now(), limit, overdue, signal: this.#stopping.signal }, work);
  }

  /** Runs what nobody awaits before the pool stops; it must handle its own failures. */
  inBackground(work: () => Promise<void>): void {
    this.#background.run(work);
  }

  /** Gives up what is being made or checked. */
  stop(): void {
    this.#stopping.abort(new Error("The pool stops."));
  }

  /** Resolves when nothing goes on behind any more. */
  finished(): Promise<void> {
    return this.#background.finished();
  }

  async #create(instance: PooledInstance): Promise<ToolInstance> {
    const { create, creationTimeout } = this.#options;
    this.#stopping.signal.throwIfAborted();
    instance.moveTo("warming");
    instance.warmingSince = this.#options.clock.now();
    const call = this.limited(creationTimeout, "its creation", create);
    try {
      return await call.outcome;
    } catch (error) {
      this.#disposeLate(instance, call);
      throw error;
    }
  }

  /** An instance whose creation was given up may still come; nobody waits for it, but it must not stay. */
  #disposeLate(instance: PooledInstance, call: LimitedCall<ToolInstance>): void {
    call.work.then(
      (resource) => this.inBackground(() => this.dispose(instance.id, resource)),
      () => undefined,
    );
  }
}
