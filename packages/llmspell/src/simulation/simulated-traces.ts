import { createReadStream } from "node:fs";
import { messageOf } from "@llmspell/base";
import {
  isSyntheticTraceName,
  type Rate,
  rateOf,
  readTrace,
  syntheticTrace,
  syntheticTraceNames,
  type Trace,
} from "@llmspell/simulation";
import { commandErrors } from "../errors.ts";

/** Where the traces of a simulation come from. */
export interface TraceOptions {
  readonly trace?: string;
  readonly synthetic?: string;
  readonly pool?: string;
  readonly seed?: readonly number[];
}

/** A trace, and the rate at which its calls came. */
export interface RatedTrace {
  readonly trace: Trace;
  readonly rate: Rate;
}

/**
 * The trace in a file, or the synthetic trace of each seed.
 *
 * @throws LLMSPELL_E_SIMULATE_TRACE when neither or both are asked for, a seed for a file, or it cannot be read; as `readTrace`
 */
export async function tracesOf({ trace, synthetic, pool, seed }: TraceOptions): Promise<RatedTrace[]> {
  if ((trace === undefined) === (synthetic === undefined)) {
    throw traceError("Expected either --trace or --synthetic.");
  }
  if (synthetic !== undefined) {
    if (!isSyntheticTraceName(synthetic)) {
      throw traceError(`There is no synthetic trace "${synthetic}"; there is ${syntheticTraceNames.join(", ")}.`);
    }
    return (seed ?? [1]).map((each) => syntheticTrace(synthetic, each));
  }
  if (seed !== undefined)
    throw traceError("Expected --seed with --synthetic only: nothing is left to chance in a trace.");
  const recorded = await readTrace(textOf(trace ?? ""), pool);
  return [{ trace: recorded, rate: rateOf(recorded) }];
}

async function* textOf(path: string): AsyncIterable<string> {
  try {
    yield* createReadStream(path, "utf8");
  } catch (error) {
    throw traceError(`The trace cannot be read: ${messageOf(error)}`);
  }
}

function traceError(problem: string): Error {
  return commandErrors.LLMSPELL_E_SIMULATE_TRACE({ problem });
}
