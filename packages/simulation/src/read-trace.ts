import { simulationErrors } from "./errors.ts";
import { Trace, TraceColumns } from "./trace.ts";

/** No line of a trace is longer, in characters: more would be held in memory only to be refused. */
const LONGEST_LINE = 10_000;

/**
 * Reads a trace in the form in which `llmspell run --record-trace` writes it: a line of JSON for each call, in any order. Only
 * the calls' figures are kept in memory, not the text.
 *
 * @param text the trace in pieces, which may end anywhere
 * @param pool only the calls of this pool, and those that name none
 * @throws LLMSPELL_E_TRACE_LINE with the number of the line, LLMSPELL_E_TRACE_LENGTH, LLMSPELL_E_TRACE_EMPTY;
 * LLMSPELL_E_TRACE_POOLS when the calls are of several pools and none is chosen
 */
export async function readTrace(text: AsyncIterable<string>, pool?: string): Promise<Trace> {
  const reader = new TraceReader(pool);
  let rest = "";
  for await (const piece of text) {
    const lines = (rest + piece).split("\n");
    rest = lines.pop() ?? "";
    for (const line of lines) reader.read(line);
    if (rest.length > LONGEST_LINE) reader.read(rest);
  }
  reader.read(rest);
  return reader.trace();
}

class TraceReader {
  readonly #pool: string | undefined;
  readonly #calls = new TraceColumns();
  readonly #pools = new Set<string>();
  #line = 0;

  constructor(pool: string | undefined) {
    this.#pool = pool;
  }

  read(line: string): void {
    this.#line++;
    if (line.length > LONGEST_LINE) throw this.#error(`it is longer than ${LONGEST_LINE} characters.`);
    if (line.trim() === "") return;
    const call = this.#parse(line);
    const { pool } = call;
    if (pool !== undefined) {
      if (typeof pool !== "string") throw this.#error(`expected \`pool\` to be a name, but it is ${kindOf(pool)}.`);
      this.#pools.add(pool);
      if (this.#pool !== undefined && pool !== this.#pool) return;
    }
    this.#calls.add({ at: this.#time("at", call["at"]), duration: this.#time("duration", call["duration"]) });
  }

  trace(): Trace {
    const pools = [...this.#pools].sort();
    if (this.#pool === undefined && pools.length > 1) throw simulationErrors.LLMSPELL_E_TRACE_POOLS({ pools });
    if (this.#calls.length === 0) throw simulationErrors.LLMSPELL_E_TRACE_EMPTY({ pool: this.#pool, pools });
    return new Trace(this.#calls);
  }

  #parse(line: string): Readonly<Record<string, unknown>> {
    let value: unknown;
    try {
      value = JSON.parse(line);
    } catch {
      throw this.#error("it is no JSON.");
    }
    if (!isObject(value)) throw this.#error(`expected an object, but it is ${kindOf(value)}.`);
    return value;
  }

  #time(key: string, value: unknown): number {
    if (typeof value !== "number")
      throw this.#error(`expected \`${key}\` in milliseconds, but it is ${kindOf(value)}.`);
    if (value < 0) throw this.#error(`expected \`${key}\` from 0, but it is ${value}.`);
    return value;
  }

  #error(problem: string): Error {
    return simulationErrors.LLMSPELL_E_TRACE_LINE({ line: this.#line, problem });
  }
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

function kindOf(value: unknown): string {
  if (value === undefined) return "missing";
  if (value === null) return "null";
  if (Array.isArray(value)) return "a list";
  return typeof value === "object" ? "an object" : `a ${typeof value}`;
}
