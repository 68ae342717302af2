import { type Duration, isLlmspellError, parseDuration, seededRandom } from "@llmspell/base";
import type { LoadBalancer } from "@llmspell/resilience";
import { type ScalingPolicy, ToolExecutionPool } from "@llmspell/tools";
import { ReplayFigures, type ReplayResult } from "./replay-figures.ts";
import { SimulationClock } from "./simulation-clock.ts";
import type { Trace } from "./trace.ts";

const POOL = "simulated";
/** No time limit of the pool may end a call: how long it runs is in the trace. */
const UNLIMITED = "365d";

/** Times are sums of fractions: a call that is due in less than this is due, in milliseconds. */
const TIME_TOLERANCE = 1e-6;

/** The pool that a trace goes through. */
export interface SimulatedPool {
  readonly size: { readonly min: number; readonly max: number };
  /** How long an instance takes until it is warm. */
  readonly coldStart: Duration;
  /** Calls that one instance serves at once; 1 when absent. */
  readonly concurrency?: number | undefined;
  /** How long a caller waits for an instance; the pool's own default when absent. */
  readonly acquireTimeout?: Duration | undefined;
  /** Callers that may wait; the pool's own default when absent. */
  readonly maxQueue?: number | undefined;
  /** Makes what chooses among the instances that can take a call, anew for each replay; the pool's own default when absent. */
  readonly createBalancer?: (() => LoadBalancer) | undefined;
  /** Instances that are created at once; as many as are wanted when absent. */
  readonly maxParallelCreations?: number | undefined;
}

/** A policy that is tried, under a name. */
export interface Candidate {
  readonly name: string;
  readonly policy: ScalingPolicy;
  /** How long the pool keeps its size after a change; the policy's own when absent. */
  readonly cooldown?: Duration | undefined;
  /** Told when the trace begins, in milliseconds since the Unix epoch. */
  readonly onBegin?: ((now: number) => void) | undefined;
}

/**
 * Sends the calls of a trace through a real `ToolExecutionPool` in virtual time, with a tool that does nothing but take its time.
 * The minimum is warm when the trace begins; it ends with the last call. The same trace gives the same result.
 *
 * @throws LLMSPELL_E_POOL_OPTIONS, LLMSPELL_E_DURATION; the signal's reason when it aborts
 */
export async function replay(
  trace: Trace,
  pool: SimulatedPool,
  candidate: Candidate,
  signal?: AbortSignal,
): Promise<ReplayResult> {
  const clock = new SimulationClock();
  const figures = new ReplayFigures(trace, clock);
  const tools = simulatedTools(trace, pool, candidate, { clock, figures });
  await clock.runUntil(tools.start(signal), signal);
  figures.begin();
  candidate.onBegin?.(clock.now());
  await clock.runUntil(sendCalls(trace, tools, clock, figures), signal);
  figures.end();
  await clock.runUntil(tools.stop());
  return figures.result(candidate.name);
}

function simulatedTools(
  trace: Trace,
  { coldStart, maxParallelCreations, createBalancer, ...pool }: SimulatedPool,
  { policy, cooldown }: Candidate,
  { clock, figures }: { readonly clock: SimulationClock; readonly figures: ReplayFigures },
): ToolExecutionPool {
  const creationTime = parseDuration(coldStart);
  const instance = {
    execute: async (input: unknown) => {
      const index = Number(input);
      figures.served(index);
      await clock.sleep(trace.durations[index] ?? 0);
    },
    [Symbol.asyncDispose]: async () => figures.instances(-1),
  };
  const tool = {
    description: "Takes its time.",
    inputSchema: {},
    createInstance: async () => {
      figures.instances(+1);
      await clock.sleep(creationTime);
      return instance;
    },
  };
  const use = counted(policy, figures);
  const scaling = cooldown === undefined ? { use } : { use, cooldown };
  const options = { ...pool, balancer: createBalancer?.() };
  const given = Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined));
  const limits = { executionTimeout: UNLIMITED, creationTimeout: UNLIMITED };
  return new ToolExecutionPool(
    {
      pools: { [POOL]: { ...given, ...limits, tool, scaling } },
      idleTimeout: UNLIMITED,
      maxParallelCreations: maxParallelCreations ?? pool.size.max,
    },
    { clock, random: seededRandom(1) },
  );
}

/** The same policy, its changes counted: the pool's own history forgets the oldest of many. */
function counted(policy: ScalingPolicy, figures: ReplayFigures): ScalingPolicy {
  const { interval, cooldown, decidesOnDemand, arrivalHistory } = policy;
  return {
    ...(interval !== undefined && { interval }),
    ...(cooldown !== undefined && { cooldown }),
    ...(decidesOnDemand !== undefined && { decidesOnDemand }),
    ...(arrivalHistory !== undefined && { arrivalHistory }),
    decide(snapshot) {
      const decision = policy.decide(snapshot);
      const { min, max, size } = snapshot;
      const target = decision === undefined ? size : Math.min(max, Math.max(min, Math.round(decision.target)));
      if (target !== size) figures.scaleActions++;
      return decision;
    },
  };
}

/** Makes each call when it is due, whatever became of those before; resolves when all are answered. */
function sendCalls(
  trace: Trace,
  tools: ToolExecutionPool,
  clock: SimulationClock,
  figures: ReplayFigures,
): Promise<void> {
  const { promise, resolve, reject } = Promise.withResolvers<void>();
  const start = clock.now();
  let next = 0;
  let answered = 0;
  const answer = () => {
    answered++;
    if (answered === trace.length) resolve();
  };
  const fail = (error: unknown) => {
    if (isLlmspellError(error, "LLMSPELL_E_POOL_ACQUIRE_TIMEOUT")) figures.timeOuts++;
    else if (isLlmspellError(error, "LLMSPELL_E_POOL_QUEUE_FULL")) figures.refused++;
    else reject(error);
    answer();
  };
  const send = () => {
    const now = clock.now() - start + TIME_TOLERANCE;
    while (next < trace.length && (trace.at[next] ?? 0) <= now) {
      tools.execute({ pool: POOL, input: next }).then(answer, fail);
      next++;
    }
    if (next < trace.length) clock.setTimeout(send, start + (trace.at[next] ?? 0) - clock.now());
  };
  if (trace.length === 0) resolve();
  else send();
  return promise;
}
