export { simulationErrors } from "./errors.ts";
export { type Foreknowledge, Oracle, rateOf } from "./oracle.ts";
export { readTrace } from "./read-trace.ts";
export { type Candidate, replay, type SimulatedPool } from "./replay.ts";
export type { ReplayResult, TimelinePoint } from "./replay-figures.ts";
export { SimulationClock } from "./simulation-clock.ts";
export {
  isSyntheticTraceName,
  type Rate,
  type SyntheticTrace,
  type SyntheticTraceName,
  syntheticTrace,
  syntheticTraceNames,
} from "./synthetic-traces.ts";
export { Trace, TraceColumns, type TracedCall } from "./trace.ts";
export { type TraceOutput, TraceRecorder } from "./trace-recorder.ts";
