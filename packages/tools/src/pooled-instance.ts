import type { BalancerMember } from "@llmspell/resilience";
import { toolErrors } from "./errors.ts";
import type { LeaseFigures } from "./lease-book.ts";
import type { InstanceFigures } from "./pool-figures.ts";
import type { ToolInstance } from "./tool.ts";

/**
 * The life of an instance:
 *
 * - `cold`: decided on, waits for its turn to be created;
 * - `warming`: being created;
 * - `ready`: can take a call;
 * - `busy`: serves as many calls as it can at once;
 * - `draining`: takes no further call, finishes those it has;
 * - `retired`: is, or is being, disposed.
 */
export type InstanceState = "cold" | "warming" | "ready" | "busy" | "draining" | "retired";

const NEXT: Readonly<Record<InstanceState, readonly InstanceState[]>> = {
  cold: ["warming", "retired"],
  warming: ["ready", "retired"],
  ready: ["busy", "draining"],
  busy: ["ready", "draining"],
  draining: ["retired"],
  retired: [],
};

/** How many instances of a pool are in each state: kept up to date by the instances themselves, so that nobody counts. */
export type StateCounts = Record<InstanceState, number>;

export function noInstances(): StateCounts {
  return { cold: 0, warming: 0, ready: 0, busy: 0, draining: 0, retired: 0 };
}

/** One instance of a pool: where it is in its life, and what it does now. */
export class PooledInstance implements BalancerMember {
  readonly id: string;
  /** How many instances of the pool were made before it, plus 1. */
  readonly number: number;
  readonly weight = 1;
  readonly #concurrency: number;
  readonly #counts: StateCounts;
  #state: InstanceState = "cold";
  #resource: ToolInstance | undefined;
  /** Calls it serves now. */
  inFlight = 0;
  /** Calls it was ever given. */
  uses = 0;
  /** Since when it serves nobody; milliseconds since the Unix epoch; infinite before it is ready. */
  idleSince = Number.POSITIVE_INFINITY;
  /** When it is too old; milliseconds since the Unix epoch. */
  expiresAt = Number.POSITIVE_INFINITY;
  /** When it was ready for the first time; milliseconds since the Unix epoch; infinite before. */
  readySince = Number.POSITIVE_INFINITY;
  /** When it last passed a check; milliseconds since the Unix epoch. */
  checkedAt = Number.NEGATIVE_INFINITY;
  isBeingChecked = false;
  isBeingMeasured = false;
  /** How much memory it holds, in bytes, as last measured. */
  memory: number | undefined = undefined;
  /** Since when it is being made, and when it had been made and was only to be warmed up; milliseconds since the Unix epoch. */
  warmingSince = 0;
  madeAt = 0;
  /** Its place among the free instances: the calls it served when it was put there; -1 when it is not there. */
  level = -1;
  above: PooledInstance | undefined = undefined;
  below: PooledInstance | undefined = undefined;

  constructor(pool: string, number: number, concurrency: number, counts: StateCounts) {
    this.id = `${pool}-${number}`;
    this.number = number;
    this.#concurrency = concurrency;
    this.#counts = counts;
    counts.cold++;
  }

  get state(): InstanceState {
    return this.#state;
  }

  /** @throws LLMSPELL_E_POOL_INSTANCE_STATE before it has been created */
  get resource(): ToolInstance {
    if (this.#resource === undefined) throw this.#illegal("use");
    return this.#resource;
  }

  /** Whether there is something to dispose. */
  get isMade(): boolean {
    return this.#resource !== undefined;
  }

  /** Whether it serves, or can. */
  get isRunning(): boolean {
    return this.#state === "ready" || this.#state === "busy";
  }

  /** Whether it serves nobody and could; one that is checked is not idle, somebody waits for it. */
  get isIdle(): boolean {
    return this.#state === "ready" && this.level >= 0 && this.inFlight === 0;
  }

  /** Whether it serves or will serve. */
  get isLive(): boolean {
    return this.#state !== "draining" && this.#state !== "retired";
  }

  /** @throws LLMSPELL_E_POOL_INSTANCE_STATE when its life does not allow that */
  moveTo(next: InstanceState): void {
    if (!NEXT[this.#state].includes(next)) throw this.#illegal(next);
    this.#counts[this.#state]--;
    this.#counts[next]++;
    this.#state = next;
  }

  /** There is something to lend, and to dispose, though it is not warm yet. */
  made(resource: ToolInstance, now: number): void {
    this.#resource = resource;
    this.madeAt = now;
  }

  becomeReady(now: number, expiresAt: number): void {
    this.moveTo("ready");
    this.idleSince = now;
    this.readySince = now;
    this.expiresAt = expiresAt;
  }

  /**
   * Gives it one more call.
   *
   * @throws LLMSPELL_E_POOL_INSTANCE_STATE unless it is ready
   */
  take(): void {
    if (this.#state !== "ready") throw this.#illegal("lent");
    this.uses++;
    this.inFlight++;
    if (this.inFlight < this.#concurrency) return;
    // As `moveTo("busy")`, which looks more up: this is done for every call.
    this.#counts.ready--;
    this.#counts.busy++;
    this.#state = "busy";
  }

  /** Ends one of its calls. */
  giveBack(now: number): void {
    this.inFlight--;
    if (this.inFlight === 0) this.idleSince = now;
    if (this.#state !== "busy") return;
    this.#counts.busy--;
    this.#counts.ready++;
    this.#state = "ready";
  }

  /** @param leases those on it that are out */
  figures(now: number, leases: readonly LeaseFigures[]): InstanceFigures {
    const { id, state, inFlight, uses, memory } = this;
    const since = (time: number) => Math.max(0, now - time);
    const idle = inFlight > 0 ? 0 : since(this.idleSince);
    return { id, state, inFlight, uses, age: since(this.readySince), idle, leases, memory };
  }

  #illegal(to: string): Error {
    return toolErrors.LLMSPELL_E_POOL_INSTANCE_STATE({ instance: this.id, from: this.#state, to });
  }
}
