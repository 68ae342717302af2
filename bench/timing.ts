// How one pass measures work that takes nanoseconds: until V8 has optimised it first, then in rounds, of which the median counts.

/** Long enough for V8's optimising compiler, also where work is called only thousands of times a second; milliseconds. */
const WARM_UP = 400;
/** Long beside the clock's resolution, short beside a hiccup of the machine; milliseconds. */
const ROUND = 20;
const ROUNDS = 15;

/** Keeps results alive, so that the compiler cannot leave out what makes them. */
let sink: unknown;

/** Nanoseconds that a call takes. */
export function timeCall(work: () => unknown): number {
  const repeat = (times: number) => {
    for (let call = 0; call < times; call++) sink = work();
  };
  const batch = batchSize(warmUp(() => repeat(100)) / 100);
  const rounds = Array.from({ length: ROUNDS }, () => {
    const start = performance.now();
    repeat(batch);
    return (performance.now() - start) / batch;
  });
  return median(rounds) * 1e6;
}

/** Nanoseconds that a call takes whose promise is awaited before the next one. */
export async function timeAwaitedCall(work: () => unknown): Promise<number> {
  const repeat = async (times: number) => {
    for (let call = 0; call < times; call++) sink = await work();
  };
  let calls = 0;
  const begin = performance.now();
  for (; performance.now() - begin < WARM_UP; calls += 100) await repeat(100);
  const batch = batchSize((performance.now() - begin) / calls);
  const rounds: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    await repeat(batch);
    rounds.push((performance.now() - start) / batch);
  }
  return median(rounds) * 1e6;
}

/**
 * Nanoseconds that `work` takes on something new each time.
 *
 * @param prepare makes what it works on, and is not measured
 */
export function timeWithPreparation<Subject>(prepare: () => Subject, work: (subject: Subject) => unknown): number {
  const measureOnce = () => {
    const subject = prepare();
    const start = performance.now();
    sink = work(subject);
    return performance.now() - start;
  };
  warmUp(measureOnce);
  return median(Array.from({ length: 301 }, measureOnce)) * 1e6;
}

/** Repeats until V8 has had time to optimise; returns what one repetition took on the average, in milliseconds. */
function warmUp(work: () => unknown): number {
  const start = performance.now();
  let repetitions = 0;
  for (; performance.now() - start < WARM_UP; repetitions++) work();
  return (performance.now() - start) / repetitions;
}

/** @param duration milliseconds a call */
function batchSize(duration: number): number {
  return Math.max(1, Math.ceil(ROUND / duration));
}

export function median(figures: readonly number[]): number {
  const sorted = [...figures].sort((left, right) => left - right);
  return sorted[Math.floor(sorted.length / 2)] ?? Number.NaN;
}

/** What was measured last; exported so that nothing that is measured is without effect. */
export function lastResult(): unknown {
  return sink;
}
