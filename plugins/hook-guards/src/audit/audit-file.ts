import { createHash } from "node:crypto";
import {
  appendFile as appendFileCallback,
  appendFileSync,
  close as closeCallback,
  closeSync,
  fstatSync,
  fsync as fsyncCallback,
  ftruncate as ftruncateCallback,
  ftruncateSync,
  mkdirSync,
  openSync,
  stat as statCallback,
} from "node:fs";
import { basename, dirname, resolve } from "node:path";
import { promisify } from "node:util";
import { isLlmspellError, messageOf } from "@llmspell/base";
import { guardErrors } from "../errors.ts";
import { CHAIN_START, type ChainEnd, chainLine, readLine } from "./audit-chain.ts";
import { type JsonObject, jsonCopy } from "./canonical-json.ts";
import { readFileEnd } from "./file-end.ts";

const append = promisify(appendFileCallback);
const close = promisify(closeCallback);
const fsync = promisify(fsyncCallback);
const ftruncate = promisify(ftruncateCallback);
const stat = promisify(statCallback);

/** What is recorded is for the eyes of its owner; a file that is there keeps the rights that it has. */
const OWNER_ONLY = 0o600;

/** So many lines may wait for a disk that is too slow; more would fill the memory. */
const MOST_WAITING = 10_000;

interface Waiting {
  readonly entry: JsonObject;
  readonly fsync: boolean;
  readonly resolve: () => void;
  readonly reject: (error: unknown) => void;
}

/** What is open in this process, by path: several hooks of one file write one chain. */
const open = new Map<string, AuditFile>();

/**
 * A file that is written at its end only, line by line in the order of `append`, each chained to the one before. Lines that
 * wait for each other go out in one write.
 */
export class AuditFile {
  readonly #path: string;
  readonly #descriptor: number;
  /** Which file it is, whatever its path. */
  readonly #identity: string;
  #end: ChainEnd = CHAIN_START;
  #size = 0;
  #users = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
  #closing: Promise<void> | undefined;
  /** Bytes that were cut off when the file was opened. */
  recoveredBytes = 0;

  /**
   * Opens a file, or joins those that have it open; each must `release` it.
   *
   * @param now ISO 8601, for the line that records what was cut off
   * @throws LLMSPELL_E_HOOK_AUDIT_FILE; LLMSPELL_E_HOOK_AUDIT_CHAIN when its last line is none of an audit log
   */
  static acquire(path: string, now: string): AuditFile {
    const key = resolve(path);
    const file = open.get(key) ?? new AuditFile(key, now);
    open.set(key, file);
    file.#users++;
    return file;
  }

  private constructor(path: string, now: string) {
    this.#path = path;
    let descriptor: number | undefined;
    try {
      mkdirSync(dirname(path), { recursive: true });
      descriptor = openSync(path, "a+", OWNER_ONLY);
      this.#descriptor = descriptor;
      this.#identity = identityOf(fstatSync(descriptor));
      this.#continue(now);
    } catch (error) {
      if (descriptor !== undefined) closeSync(descriptor);
      throw this.#failure(error);
    }
  }

  /**
   * Resolves when the operating system, or with `fsync` the disk, has the line.
   *
   * @throws LLMSPELL_E_HOOK_AUDIT_RECORD, LLMSPELL_E_HOOK_AUDIT_FILE
   */
  append(entry: object, options: { readonly fsync: boolean }): Promise<void> {
    if (this.#users === 0) return Promise.reject(this.#failure(new Error("it has been closed")));
    if (this.#waiting.length >= MOST_WAITING) {
      return Promise.reject(this.#failure(new Error(`${MOST_WAITING} lines wait for it already`)));
    }
    let copy: JsonObject;
    try {
      copy = jsonCopy(entry);
    } catch (cause) {
      return Promise.reject(this.#noJson(cause));
    }
    return new Promise((resolve, reject) => {
      this.#waiting.push({ entry: copy, fsync: options.fsync, resolve, reject });
      this.#writing ??= this.#writeAll();
    });
  }

  /** Closes the file when nobody else uses it, once everything is written. */
  async release(): Promise<void> {
    this.#users--;
    if (this.#users > 0) return;
    await this.#writing;
    // Somebody may have joined meanwhile.
    if (this.#users > 0) return;
    if (open.get(this.#path) === this) open.delete(this.#path);
    // Two who release it at once may both come here.
    this.#closing ??= close(this.#descriptor);
    await this.#closing;
  }

  /** Takes up the chain of what is there; what was cut off is kept beside the file, and the chain says so. */
  #continue(now: string): void {
    const { size, lastLine, torn } = readFileEnd(this.#descriptor);
    this.#size = size;
    if (lastLine !== undefined) this.#end = this.#readEnd(lastLine);
    if (torn.length === 0) return;
    const keptIn = `${this.#path}.torn`;
    appendFileSync(keptIn, Buffer.concat([torn, Buffer.from("\n")]), { mode: OWNER_ONLY });
    ftruncateSync(this.#descriptor, size);
    this.recoveredBytes = torn.length;
    const sha256 = createHash("sha256").update(torn).digest("hex");
    const recovered = { bytes: torn.length, sha256, keptIn: basename(keptIn) };
    const { text, end } = chainLine({ time: now, recovered }, this.#end);
    const line = Buffer.from(`${text}\n`);
    appendFileSync(this.#descriptor, line);
    this.#end = end;
    this.#size += line.length;
  }

  #readEnd(lastLine: Buffer): ChainEnd {
    const read = readLine(lastLine);
    if (read.problem === undefined) return read.end;
    throw guardErrors.LLMSPELL_E_HOOK_AUDIT_CHAIN({ path: this.#path, problem: read.problem });
  }

  async #writeAll(): Promise<void> {
    while (this.#waiting.length > 0) await this.#write(this.#waiting.splice(0));
    this.#writing = undefined;
  }

  async #write(waiting: readonly Waiting[]): Promise<void> {
    const { batch, text, end } = this.#chain(waiting);
    try {
      await this.#expectUntouched();
      const bytes = Buffer.from(text);
      const isSynced = batch.some(({ fsync }) => fsync);
      await this.#put(bytes, isSynced);
      this.#end = end;
      this.#size += bytes.length;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const failure = this.#failure(error);
      for (const { reject } of batch) reject(failure);
    }
  }

  /** What has no canonical text because it is nested too deeply is refused alone, and not with all that wait beside it. */
  #chain(waiting: readonly Waiting[]): {
    readonly batch: readonly Waiting[];
    readonly text: string;
    readonly end: ChainEnd;
  } {
    const batch: Waiting[] = [];
    let text = "";
    let end = this.#end;
    for (const one of waiting) {
      try {
        const line = chainLine(one.entry, end);
        text += `${line.text}\n`;
        end = line.end;
        batch.push(one);
      } catch (cause) {
        one.reject(this.#noJson(cause));
      }
    }
    return { batch, text, end };
  }

  /**
   * Two writers would break the chain, and the one who comes second can see it. What is written to a file that was
   * deleted is lost.
   */
  async #expectUntouched(): Promise<void> {
    const found = await stat(this.#path);
    if (identityOf(found) !== this.#identity) throw new Error("another file has taken its place");
    const { size } = found;
    if (size === this.#size) return;
    throw new Error(`it has ${size} bytes where ${this.#size} were written: something else writes to it`);
  }

  /** Writes all or nothing. */
  async #put(bytes: Buffer, isSynced: boolean): Promise<void> {
    try {
      await append(this.#descriptor, bytes);
      if (isSynced) await fsync(this.#descriptor);
    } catch (error) {
      // Where even this fails, the size gives it away at the next write.
      await ftruncate(this.#descriptor, this.#size).catch(() => undefined);
      throw error;
    }
  }

  #noJson(cause: unknown) {
    return guardErrors.LLMSPELL_E_HOOK_AUDIT_RECORD({ path: this.#path, problem: messageOf(cause) }, { cause });
  }

  #failure(cause: unknown) {
    if (isLlmspellError(cause)) return cause;
    return guardErrors.LLMSPELL_E_HOOK_AUDIT_FILE({ path: this.#path, problem: messageOf(cause) }, { cause });
  }
}

function identityOf({ dev, ino }: { readonly dev: number; readonly ino: number }): string {
  return `${dev}:${ino}`;
}
