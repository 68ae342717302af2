import { parseBytes, type Random, systemRandom } from "@llmspell/base";
import type { Hook, HookContext, HookOutcome } from "@llmspell/hooks";
import { RetryPolicy } from "@llmspell/resilience";
import { pickFields } from "../data-strings.ts";
import { guardErrors } from "../errors.ts";
import { type WebhookOptions, webhookOptionsDefaults } from "../generated/options.ts";
import { randomLetters } from "../random-letters.ts";
import { networkProblem, readAnswer, readText, type WebhookAnswer } from "./webhook-answer.ts";
import { keyOf, webhookHeaders } from "./webhook-signature.ts";

const MAX_BACKOFF = "10s";

/** What `Webhook` takes from outside. */
export interface WebhookDependencies {
  /** Makes ids and waits; the system's unless given. */
  readonly random?: Random | undefined;
}

/** One message, whatever the attempt. */
interface Message {
  readonly id: string;
  readonly body: string;
}

/** How an attempt ended; what is transient may be tried again. */
type Attempt = WebhookAnswer & { readonly isTransient?: boolean };

/** Posts what passes a hook point to a service, whose answer is the outcome. */
export class Webhook implements Hook {
  readonly #url: URL;
  readonly #fields: readonly string[] | undefined;
  readonly #includesInput: boolean;
  readonly #key: Buffer | undefined;
  readonly #policy: RetryPolicy;
  readonly #maxResponse: number;
  readonly #random: Random;
  #calls = 0;
  #retries = 0;
  #failures = 0;

  /** @throws TypeError when the URL is none; LLMSPELL_E_DURATION, LLMSPELL_E_BYTES */
  constructor(options: WebhookOptions, { random = systemRandom }: WebhookDependencies = {}) {
    const { url, fields, includeInput, secret, retries, backoff, maxResponse } = {
      ...webhookOptionsDefaults,
      ...options,
    };
    this.#url = new URL(url);
    this.#fields = fields;
    this.#includesInput = includeInput;
    this.#key = secret === undefined ? undefined : keyOf(secret);
    this.#policy = new RetryPolicy({ attempts: retries + 1, backoff, maxBackoff: MAX_BACKOFF }, random);
    this.#maxResponse = parseBytes(maxResponse);
    this.#random = random;
  }

  /** @throws LLMSPELL_E_HOOK_WEBHOOK when there is no answer that can be read; the signal's reason when it aborts */
  async handle(context: HookContext): Promise<HookOutcome | undefined> {
    this.#calls++;
    const { point, data, signal, clock } = context;
    const input = this.#includesInput ? context.input : undefined;
    const body = JSON.stringify({ point, input, data: pickFields(data, this.#fields) });
    const message = { id: `msg_${randomLetters(24, this.#random)}`, body };
    for (let attempt = 1; ; attempt++) {
      const ended = await this.#post(message, context);
      if ("outcome" in ended) return ended.outcome;
      if (ended.isTransient !== true || attempt >= this.#policy.attempts) throw this.#failure(ended.problem);
      this.#retries++;
      await clock.sleep(this.#policy.delayAfter(attempt), signal);
    }
  }

  /** `calls` are messages; `retries` the attempts beyond the first one of each. */
  figures(): Readonly<Record<string, number>> {
    return { calls: this.#calls, retries: this.#retries, failures: this.#failures };
  }

  async #post({ id, body }: Message, { signal, clock }: HookContext): Promise<Attempt> {
    const headers = { "content-type": "application/json", ...webhookHeaders(id, clock.now(), body, this.#key) };
    try {
      // Whoever redirects would get the data, and whoever it leads to would decide.
      const response = await fetch(this.#url, { method: "POST", headers, body, signal, redirect: "manual" });
      if (response.ok) return await this.#read(response);
      await response.body?.cancel();
      return { problem: `it answered with status ${response.status}`, isTransient: response.status >= 500 };
    } catch (error) {
      signal.throwIfAborted();
      return { problem: networkProblem(error), isTransient: true };
    }
  }

  async #read(response: Response): Promise<WebhookAnswer> {
    if (response.status === 204) return { outcome: undefined };
    const text = await readText(response, this.#maxResponse);
    return text === undefined ? { problem: `its answer is longer than ${this.#maxResponse} bytes` } : readAnswer(text);
  }

  /** Names no path or query of the URL, where services put secrets. */
  #failure(problem: string) {
    this.#failures++;
    return guardErrors.LLMSPELL_E_HOOK_WEBHOOK({ origin: this.#url.origin, problem });
  }
}
