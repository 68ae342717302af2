import { type Clock, type Log, messageOf } from "@llmspell/base";
import type { Use } from "@llmspell/kernel";
import type { Alert, AlertNotice } from "./alert.ts";
import { AlertRule, type AlertState } from "./alert-rule.ts";
import { alertScope } from "./alert-scope.ts";
import { type AlertOptions, alertOptionsDefaults } from "./generated/options.ts";
import type { MonitoredPart } from "./monitored-part.ts";

/** One alert as it stands. */
export interface AlertStatus {
  readonly name: string;
  readonly when: string;
  readonly state: AlertState;
  /** How often it has fired. */
  readonly fired: number;
  /** How many notices could not be delivered. */
  readonly failedNotices: number;
}

interface WatchedAlert {
  readonly rule: AlertRule;
  readonly targets: readonly Alert[];
  failedNotices: number;
}

/** How long a stop waits for notices that were told to give up; milliseconds. */
const LONGEST_WAIT = 1000;

/** Looks at every alert with each sample, tells who is to be told, and waits for that at the end. */
export class AlertWatch implements AsyncDisposable {
  readonly #alerts: readonly WatchedAlert[];
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #underWay = new Set<Promise<void>>();
  readonly #abort = new AbortController();

  /** @throws LLMSPELL_E_EXPRESSION, LLMSPELL_E_DURATION, and what `create` throws */
  constructor(
    alerts: readonly AlertOptions[],
    create: (use: Use, owner: string) => Alert,
    { clock, log }: { readonly clock: Clock; readonly log: Log },
  ) {
    this.#clock = clock;
    this.#log = log;
    this.#alerts = alerts.map((options) => {
      const rule = new AlertRule(options);
      const targets = (options.notify ?? alertOptionsDefaults.notify).map((use) => create(use, `alert ${rule.name}`));
      return { rule, targets, failedNotices: 0 };
    });
  }

  get isIdle(): boolean {
    return this.#alerts.length === 0;
  }

  update(parts: readonly MonitoredPart[], at: number): void {
    const scope = alertScope(parts);
    for (const alert of this.#alerts) {
      const wasUnknown = alert.rule.state === "unknown";
      const notice = alert.rule.update(scope, at);
      if (notice !== undefined) this.#tell(alert, notice);
      const { name, problem } = alert.rule;
      if (problem !== undefined && !wasUnknown) this.#log.warn(`Alert ${name} cannot be decided: ${problem}`);
    }
  }

  status(): AlertStatus[] {
    return this.#alerts.map(({ rule: { name, when, state, fired }, failedNotices }) => {
      return { name, when, state, fired, failedNotices };
    });
  }

  /** Gives up the notices that are under way, and waits until they have ended, for a second at most. */
  async [Symbol.asyncDispose](): Promise<void> {
    this.#abort.abort(new Error("The monitor stops."));
    if (this.#underWay.size === 0) return;
    const { promise: isLate, resolve } = Promise.withResolvers<void>();
    const timer = this.#clock.setTimeout(resolve, LONGEST_WAIT);
    await Promise.race([Promise.all(this.#underWay), isLate]);
    timer.cancel();
    if (this.#underWay.size > 0) this.#log.warn(`Notices of alerts left behind: ${this.#underWay.size}.`);
  }

  #tell(alert: WatchedAlert, notice: AlertNotice): void {
    for (const target of alert.targets) {
      const telling = this.#notify(alert, target, notice).finally(() => this.#underWay.delete(telling));
      this.#underWay.add(telling);
    }
  }

  async #notify(alert: WatchedAlert, target: Alert, notice: AlertNotice): Promise<void> {
    try {
      await target.notify(notice, { signal: this.#abort.signal });
    } catch (error) {
      alert.failedNotices++;
      this.#log.error(`Nobody was told that alert ${notice.name} ${notice.state}: ${messageOf(error)}`);
    }
  }
}
