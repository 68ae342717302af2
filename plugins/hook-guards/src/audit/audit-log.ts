import { type Clock, type Log, silentLog, systemClock, untilAborted } from "@llmspell/base";
import type { Hook, HookContext } from "@llmspell/hooks";
import { pickFields } from "../data-strings.ts";
import { type AuditLogOptions, auditLogOptionsDefaults } from "../generated/options.ts";
import { AuditFile } from "./audit-file.ts";

/** What `AuditLog` takes from outside. */
export interface AuditLogDependencies {
  /** The system's unless given. */
  readonly clock?: Clock | undefined;
  /** Told when a line was found cut off; nobody unless given. */
  readonly log?: Log | undefined;
}

/** Records what passes a hook point, as the hooks before it left it, in a file whose lines are chained by hashes. */
export class AuditLog implements Hook {
  readonly #file: AuditFile;
  readonly #fields: readonly string[] | undefined;
  readonly #fsync: boolean;
  #recorded = 0;
  #failed = 0;

  /** @throws LLMSPELL_E_HOOK_AUDIT_FILE, LLMSPELL_E_HOOK_AUDIT_CHAIN */
  constructor(options: AuditLogOptions, { clock = systemClock, log = silentLog }: AuditLogDependencies = {}) {
    const { path, fields, fsync } = { ...auditLogOptionsDefaults, ...options };
    this.#fields = fields;
    this.#fsync = fsync;
    this.#file = AuditFile.acquire(path, timeOf(clock));
    const { recoveredBytes } = this.#file;
    if (recoveredBytes > 0)
      log.warn(`The last line of ${path} was cut off; it is kept in ${path}.torn.`, { recoveredBytes });
  }

  /** Resolves when the line is written; when the signal aborts before, the line is written all the same. */
  async handle({ point, data, attempt, signal, clock }: HookContext): Promise<undefined> {
    const entry = { time: timeOf(clock), point, attempt, data: pickFields(data, this.#fields) };
    const written = this.#file.append(entry, { fsync: this.#fsync }).then(
      () => {
        this.#recorded++;
      },
      (error: unknown) => {
        this.#failed++;
        throw error;
      },
    );
    await untilAborted(written, signal);
  }

  /** `recoveredBytes` were found cut off at the end of the file when it was opened. */
  figures(): Readonly<Record<string, number>> {
    return { recorded: this.#recorded, failed: this.#failed, recoveredBytes: this.#file.recoveredBytes };
  }

  /** Writes what waits, and closes the file unless another hook uses it. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.#file.release();
  }
}

function timeOf(clock: Clock): string {
  return new Date(clock.now()).toISOString();
}
