import type { HookInstruments, ObservedCall, ObservedRun, RunStatus } from "../instruments.ts";
import type { PlannedHook } from "../plan/execution-plan.ts";
import type { RunContext } from "./run-context.ts";
import type { RunLedger } from "./run-ledger.ts";

/** Tells the observers of a hook point of one run; there is one only where somebody has tapped in. Throws what they throw. */
export class RunObserver {
  readonly #instruments: HookInstruments;
  readonly #run: ObservedRun;
  readonly #ledger: RunLedger;
  /** The calls whose end has not been told, and when they began. */
  readonly #open = new Map<ObservedCall, { readonly index: number; readonly startedAt: number }>();
  /** The answer that is being taken. */
  #answered: { readonly call: ObservedCall; readonly duration: number } | undefined;

  constructor(instruments: HookInstruments, run: ObservedRun, ledger: RunLedger) {
    this.#instruments = instruments;
    this.#run = run;
    this.#ledger = ledger;
  }

  beginRun(): void {
    this.#instruments.beforeRun.call(this.#run);
  }

  callFor(hook: PlannedHook, context: RunContext, startedAt: number): ObservedCall {
    const call = { run: this.#run, hook: hook.id, context };
    this.#open.set(call, { index: hook.index, startedAt });
    return call;
  }

  beginCall(call: ObservedCall): void {
    this.#instruments.beforeHook.call(call);
  }

  /** The call is ending; it is told as soon as it is known how, by `endCall` or `endRun`. */
  expectEnd(call: ObservedCall, duration: number): void {
    this.#answered = { call, duration };
  }

  endCall(): void {
    const answered = this.#answered;
    this.#answered = undefined;
    if (answered !== undefined) this.#tellEnd(answered.call, answered.duration);
  }

  /** @param now the clock's time, for calls that have been given up with the run */
  endRun(status: RunStatus, duration: number, now: number): void {
    for (const [call, { startedAt }] of this.#open) this.#tellEnd(call, now - startedAt);
    this.#instruments.afterRun.call(this.#run, { status, duration, report: this.#ledger.report() });
  }

  #tellEnd(call: ObservedCall, duration: number): void {
    const open = this.#open.get(call);
    const entry = open === undefined ? undefined : this.#ledger.entryOf(open.index);
    if (entry === undefined) return;
    this.#open.delete(call);
    this.#instruments.afterHook.call(call, entry, duration);
  }
}
