import type { HookProfile, HookRuntime, PlannedHook } from "@llmspell/hooks";

/** By how much a run that leaves a step out lessens its expectation: by half in 44 runs. */
const FADING = 1 - 1 / 64;
/** By how much the expectation grows of a step that is stopped twice in succession, so that one that hangs is given up. */
const STOPPED_AGAIN = 2;
/** A step is ranked anew when its time, or the share of its calls that succeed, has moved by more than this. */
const TIME_DRIFT = 1 / 4;
const RELIABILITY_DRIFT = 1 / 10;

/** How a step stands to the rest of its plan. */
export interface StepPlace {
  /** Hooks that are required, or that a required one depends on, directly or not. */
  readonly needed: ReadonlySet<PlannedHook>;
  /** What a hook counts for when it runs; more than 0. */
  weightOf(hook: PlannedHook): number;
  /** Whether a hook that the step depends on is only started, and perhaps not done when the step's turn comes. */
  readonly waits: boolean;
}

/** What is expected of one step of a plan: how long it takes, and what it is worth. */
export class StepOutlook {
  readonly hooks: readonly PlannedHook[];
  /** Whether it is called whatever it takes, because one of its hooks is needed. */
  readonly isNeeded: boolean;
  readonly isBackground: boolean;
  /** Whether it is only started, so that the next step need not wait for it. */
  readonly isAsynchronous: boolean;
  readonly waits: boolean;
  /** The hooks that are not needed, of a step that is. */
  readonly companions: readonly PlannedHook[];
  /** Whether companions can be limited without limiting a hook that a required one depends on. */
  readonly limitsCompanions: boolean;
  /** Milliseconds after which the hooks that count have timed out. */
  readonly longest: number;
  /** As last ranked: milliseconds. */
  expected = 0;
  /** As last ranked: the weights of its hooks times the shares of their calls that succeed. */
  value = 0;
  readonly #runtime: HookRuntime;
  readonly #members: readonly { readonly profile: HookProfile; readonly weight: number; readonly least: number }[];
  readonly #weight: number;
  /** What the learned duration is multiplied with. */
  #discount = 1;
  #wasStopped = false;

  constructor(hooks: readonly PlannedHook[], runtime: HookRuntime, { needed, weightOf, waits }: StepPlace) {
    const [first] = hooks;
    const neededHere = hooks.filter((hook) => needed.has(hook));
    this.hooks = hooks;
    this.waits = waits;
    this.isNeeded = neededHere.length > 0;
    this.isBackground = first?.mode === "background";
    this.isAsynchronous = first?.mode === "asynchronous";
    this.companions = this.isNeeded ? hooks.filter((hook) => !needed.has(hook)) : [];
    this.limitsCompanions = this.companions.length > 0 && neededHere.every(({ required }) => required);
    this.#runtime = runtime;
    // What runs in the background takes none of the run's time.
    const counting = this.isBackground ? [] : this.isNeeded ? neededHere : hooks;
    this.longest = Math.max(0, ...counting.map(({ timeout = Number.POSITIVE_INFINITY }) => timeout));
    this.#members = counting.map((hook) => ({
      profile: runtime.profileOf(hook),
      weight: weightOf(hook),
      least: hook.minDuration,
    }));
    this.#weight = this.#members.reduce((sum, { weight }) => sum + weight, 0);
  }

  /** How long a companion is expected to take; milliseconds. */
  expectedOf(companion: PlannedHook): number {
    return Math.max(companion.minDuration, this.#runtime.profileOf(companion).duration);
  }

  /**
   * Whether what is known of it has changed so much since it was ranked that another order may be better.
   *
   * @param tolerance a difference that does not matter; milliseconds
   */
  hasMoved(tolerance: number): boolean {
    const drift = Math.abs(this.#duration() - this.expected);
    if (drift > tolerance && drift > TIME_DRIFT * this.expected) return true;
    // What is needed runs in any case, whatever it is worth.
    return !this.isNeeded && Math.abs(this.#value() - this.value) > RELIABILITY_DRIFT * this.#weight;
  }

  /** Takes over what is known of it now. */
  update(): void {
    this.expected = this.#duration();
    this.value = this.#value();
  }

  /** It has been called, and all of its hooks are done; `took` in milliseconds. */
  done(took: number): void {
    const learned = this.#learned();
    this.#wasStopped = false;
    // What had been left out for long, and was quick when it was tried, stays credible until the average has followed.
    if (this.#discount === 1) return;
    this.#discount = learned === 0 ? 1 : Math.min(1, Math.max(this.#discount, took / learned));
  }

  /** It has been called, and nobody will tell how long it took. */
  started(): void {
    this.#discount = 1;
  }

  /** The time that it had was over before it was done. */
  stopped(): void {
    // The average has been told; only where that does not help, because it is stopped again, is more to be done.
    if (this.#wasStopped) this.#discount = STOPPED_AGAIN * Math.max(1, this.#discount);
    this.#wasStopped = true;
  }

  /** A run had no room for it. Without this, what has once been slow would never be tried again. */
  leftOut(): void {
    this.#discount *= FADING;
  }

  #duration(): number {
    let least = 0;
    for (const member of this.#members) if (member.least > least) ({ least } = member);
    return Math.max(least, this.#learned() * this.#discount);
  }

  #learned(): number {
    let longest = 0;
    for (const { profile } of this.#members) if (profile.duration > longest) longest = profile.duration;
    return longest;
  }

  #value(): number {
    let value = 0;
    for (const { profile, weight } of this.#members) value += weight * profile.successRate;
    return value;
  }
}
