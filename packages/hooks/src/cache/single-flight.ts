import { isLlmspellError, untilAborted } from "@llmspell/base";
import { isPromiseLike } from "../execution/hook-answer.ts";

/** A call that may be answered together with equal ones. */
export interface FlightCall<Value> {
  /**
   * What the answer depends on beside the key: `AnswerStore.versionOf`. A flight that was begun at another version is not
   * joined, so that a call after an invalidation never gets an answer from before it.
   */
  version(): number;
  /**
   * Makes the answer, at once or later; called when no equal call is under way, with the version that it begins at. At most
   * once a call.
   */
  execute(version: number): Value | PromiseLike<Value>;
  /**
   * Aborts when the caller no longer wants the answer. Who waits for another's stops waiting; who makes it for others too
   * leaves it to one of them to begin anew, unless the reason is the hook's own timeout: that failure they share.
   */
  readonly signal?: AbortSignal | undefined;
  /**
   * Whether an answer is for one caller alone, such as a stream that only one can read; each who waited for it then makes
   * one of their own. None is unless given. Must not throw.
   */
  readonly isForOne?: ((value: Value) => boolean) | undefined;
}

/** How often calls met. */
export interface SingleFlightFigures {
  /** Flights under way. */
  readonly pending: number;
  /** Calls that waited for the answer of another. */
  readonly joined: number;
  /** Of these, how often one had to begin anew, because what it waited for was aborted, or was for another alone. */
  readonly restarted: number;
}

/** How a flight ended. */
type Landing<Value> =
  | { readonly end: "answered"; readonly value: Value }
  | { readonly end: "failed"; readonly error: unknown }
  | { readonly end: "abandoned" | "for_one" };

interface Flight<Value> {
  readonly version: number;
  /** Never rejects, so that a flight without followers leaves no unhandled rejection. */
  readonly landing: Promise<Landing<Value>>;
}

/**
 * One execution for concurrent equal calls: the first leads, the others wait for its answer, or share its failure.
 * Answers that come at once never enter it, and `run` returns no promise for them.
 *
 * The idea, and the name, are of Go's `golang.org/x/sync/singleflight`; new here is that aborting the leader does
 * not fail its followers.
 */
export class SingleFlight<Value> {
  readonly #flights = new Map<string, Flight<Value>>();
  #joined = 0;
  #restarted = 0;

  /**
   * The answer of an equal call that is under way, or else of this one.
   *
   * @throws what `execute` throws or rejects with, that of the leader for its followers; the reason of the call's own
   * signal for one that waits for another
   */
  run(key: string, call: FlightCall<Value>): Value | Promise<Value> {
    const version = call.version();
    const flight = this.#flights.get(key);
    if (flight?.version === version) return this.#follow(key, flight, call);
    const answer = call.execute(version);
    return isPromiseLike(answer) ? this.#lead(key, version, Promise.resolve(answer), call) : answer;
  }

  figures(): SingleFlightFigures {
    return { pending: this.#flights.size, joined: this.#joined, restarted: this.#restarted };
  }

  #lead(key: string, version: number, answer: Promise<Value>, call: FlightCall<Value>): Promise<Value> {
    const { signal } = call;
    if (signal?.aborted) return answer;
    const { promise: landing, resolve } = Promise.withResolvers<Landing<Value>>();
    const flight: Flight<Value> = { version, landing };
    const land = (how: Landing<Value>) => {
      signal?.removeEventListener("abort", onAbort);
      // After an invalidation, a later flight may have its place.
      if (this.#flights.get(key) === flight) this.#flights.delete(key);
      resolve(how);
    };
    const onAbort = () => land(landingOfAborted(signal?.reason));
    signal?.addEventListener("abort", onAbort, { once: true });
    this.#flights.set(key, flight);
    answer.then(
      (value) => land(call.isForOne?.(value) ? { end: "for_one" } : { end: "answered", value }),
      (error: unknown) => land({ end: "failed", error }),
    );
    return answer;
  }

  async #follow(key: string, flight: Flight<Value>, call: FlightCall<Value>): Promise<Value> {
    this.#joined++;
    const landing = await untilAborted(flight.landing, call.signal);
    if (landing.end === "answered") return landing.value;
    if (landing.end === "failed") throw landing.error;
    this.#restarted++;
    // Of answers that cannot be shared, nobody need wait for the next.
    return landing.end === "for_one" ? call.execute(call.version()) : this.run(key, call);
  }
}

function landingOfAborted(reason: unknown): Landing<never> {
  const isTimeout = isLlmspellError(reason, "LLMSPELL_E_HOOK_TIMEOUT");
  return isTimeout ? { end: "failed", error: reason } : { end: "abandoned" };
}
