import { createHash } from "node:crypto";
import {
  appendFile as appendFileCallback,
  appendFileSync,
  close as closeCallback,
  closeSync,
  fstat as fstatCallback,
  fsync as fsyncCallback,
  ftruncate as ftruncateCallback,
  ftruncateSync,
  mkdirSync,
  openSync,
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
const fstat = promisify(fstatCallback);
const fsync = promisify(fsyncCallback);
const ftruncate = promisify(ftruncateCallback);

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
  #end: ChainEnd = CHAIN_START;
  #size = 0;
  #users = 0;
  #waiting: Waiting[] = [];
  #writing: Promise<void> | undefined;
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
      descriptor = openSync(path, "a+");
      this.#descriptor = descriptor;
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
    let copy: JsonObject;
    try {
      copy = jsonCopy(entry);
    } catch (cause) {
      const details = { path: this.#path, problem: messageOf(cause) };
      return Promise.reject(guardErrors.LLMSPELL_E_HOOK_AUDIT_RECORD(details, { cause }));
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
    open.delete(this.#path);
    await close(this.#descriptor);
  }

  /** Takes up the chain of what is there; what was cut off is kept beside the file, and the chain says so. */
  #continue(now: string): void {
    const { size, lastLine, torn } = readFileEnd(this.#descriptor);
    this.#size = size;
    if (lastLine !== undefined) this.#end = this.#readEnd(lastLine);
    if (torn.length === 0) return;
    const keptIn = `${this.#path}.torn`;
    appendFileSync(keptIn, Buffer.concat([torn, Buffer.from("\n")]));
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

  async #write(batch: readonly Waiting[]): Promise<void> {
    try {
      await this.#expectUntouched();
      const { text, end } = chainAll(batch, this.#end);
      const bytes = Buffer.from(text);
      await this.#put(
        bytes,
        batch.some((waiting) => waiting.fsync),
      );
      this.#end = end;
      this.#size += bytes.length;
      for (const { resolve } of batch) resolve();
    } catch (error) {
      const failure = this.#failure(error);
      for (const { reject } of batch) reject(failure);
    }
  }

  /** Two writers would break the chain, and the one who comes second can see it. */
  async #expectUntouched(): Promise<void> {
    const { size } = await fstat(this.#descriptor);
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

  #failure(cause: unknown) {
    if (isLlmspellError(cause)) return cause;
    return guardErrors.LLMSPELL_E_HOOK_AUDIT_FILE({ path: this.#path, problem: messageOf(cause) }, { cause });
  }
}

function chainAll(batch: readonly Waiting[], start: ChainEnd): { readonly text: string; readonly end: ChainEnd } {
  let text = "";
  let end = start;
  for (const { entry } of batch) {
    const line = chainLine(entry, end);
    text += `${line.text}\n`;
    end = line.end;
  }
  return { text, end };
}
