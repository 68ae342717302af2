import { type Clock, messageOf, type Reading } from "@llmspell/base";
import { displayPath } from "@llmspell/config";
import { type CheckedConfig, Kernel } from "@llmspell/kernel";
import type { CommandContext } from "../command-context.ts";
import { sayWarnings } from "../config-warnings.ts";
import { commandErrors } from "../errors.ts";
import { EXIT } from "../exit-code.ts";
import { reportFailure } from "../failure-report.ts";
import { formatDuration } from "../figures.ts";
import { Interruption, type InterruptionSignal, SIGNAL_EXIT } from "../interruption.ts";
import { ProgressLine } from "../progress-line.ts";
import { outcomeOf, summaryAsJson, summaryAsText } from "../run-report.ts";
import { leftEvents, lostEvents, unbalancedParts } from "../run-summary.ts";
import { Runtime } from "../runtime.ts";
import type { TraceRecording } from "../trace-recording.ts";

export interface RunOptions {
  readonly json?: boolean;
  /** Where each call of a tool pool is written to. */
  readonly recordTrace?: string;
  /** Milliseconds that what is under way at the end may take. */
  readonly drainTimeout: number;
}

const COMMAND = "llmspell run";
/** Milliseconds between two states of the progress line. */
const PROGRESS_INTERVAL = 200;

type Ending =
  | { readonly kind: "completed" }
  | { readonly kind: "failed"; readonly error: unknown }
  | { readonly kind: "interrupted"; readonly signal: InterruptionSignal; readonly stage: "start" | "run" };

/** `llmspell run`: runs a configuration until its sources are exhausted or a signal comes, then drains and reports. */
export async function run(
  context: CommandContext,
  { json = false, drainTimeout, recordTrace }: RunOptions,
): Promise<number> {
  const { terminal, clock, directory } = context;
  const kernel = new Kernel({ clock, log: context.log });
  terminal.redactWith((text) => loadedConfig(kernel)?.redact(text) ?? text);
  const config = await kernel.load(context.input);
  // Declared before the runtime, so that it is closed when every call has ended.
  await using recording = recordTrace === undefined ? undefined : await recordTo(context, recordTrace);
  await using runtime = new Runtime(kernel);
  if (recording !== undefined) kernel.hooks.start.tap(COMMAND, () => recording.observe(runtime.tools));
  using interruption = new Interruption(process, (code) => process.exit(code));
  const name = nameOf(config);
  const say = (text: string) => context.verbosity === "quiet" || terminal.say(`${name}: ${text}`);
  say(`running ${displayPath(config.path, directory)}`);
  sayWarnings(config, context);

  const start = clock.now();
  const progress = showProgress(runtime, context, start);
  const live = async () => {
    const ending = await endingOf(runtime, interruption);
    if (ending.kind === "interrupted") say(`${ending.signal}, ${TASKS[ending.stage]}; send it again to stop at once`);
    return { ending, ...(await finish(runtime, ending, clock, drainTimeout)) };
  };
  const { ending, readings, scalings, failures } = await live().finally(() => progress.cancel());
  terminal.showStatus("");

  const interruptedBy = ending.kind === "interrupted" ? ending.signal : undefined;
  const isOk = failures.length === 0;
  const isStarted = !(ending.kind === "interrupted" && ending.stage === "start");
  const elapsed = clock.now() - start;
  const report = { name, isOk, isStarted, began: start, elapsed, interruptedBy, readings, scalings, failures };
  if (json) terminal.printRedacted(summaryAsJson(report, config.redact));
  else if (context.verbosity !== "quiet") terminal.print(summaryAsText(report, terminal.stdout));
  const withStack = context.verbosity === "verbose";
  for (const failure of failures) reportFailure(failure, terminal, { directory, withStack });
  say(`${outcomeOf(report)} after ${formatDuration(report.elapsed)}`);
  if (recording !== undefined) say(await recording.close());
  if (!isOk) return EXIT.runFailed;
  return interruptedBy !== undefined && !isStarted ? SIGNAL_EXIT[interruptedBy] : EXIT.fine;
}

/** Imported when it is asked for: other runs need nothing of the simulation. */
async function recordTo(context: CommandContext, path: string): Promise<TraceRecording> {
  const { openRecording } = await import("../trace-recording.ts");
  return openRecording(context, path);
}

/** What an interruption leads to, by the stage in which it comes. */
const TASKS = { start: "stopping before the start is over", run: "finishing what is under way" } as const;

/** Drains and stops, whatever fails on the way; returns the figures as of the stop, and all that failed. */
async function finish(runtime: Runtime, ending: Ending, clock: Clock, drainTimeout: number) {
  const failures: unknown[] = ending.kind === "failed" ? [ending.error] : [];
  const note = (error: unknown) => {
    failures.push(...(error instanceof AggregateError ? error.errors : [error]));
  };
  const drainEnd = new AbortController();
  const timer = clock.setTimeout(() => drainEnd.abort(), drainTimeout);
  await runtime.drain(drainEnd.signal).catch(note);
  timer.cancel();
  const readings = runtime.readings();
  const scalings = runtime.kernel.service("tools")?.getScalingHistory() ?? [];
  await runtime.stop().catch(note);
  failures.push(...accountingFailures(readings));
  return { readings, scalings, failures };
}

/** What the figures at the end say went wrong. */
function accountingFailures(readings: readonly Reading[]): Error[] {
  const [unbalanced, left, lost] = [unbalancedParts(readings), leftEvents(readings), lostEvents(readings)];
  return [
    ...(unbalanced.length > 0 ? [commandErrors.LLMSPELL_E_RUN_UNBALANCED({ parts: unbalanced })] : []),
    ...(left.length > 0 ? [commandErrors.LLMSPELL_E_RUN_LEFT_BEHIND({ parts: left })] : []),
    ...(lost.length > 0 ? [commandErrors.LLMSPELL_E_RUN_EVENTS_FAILED({ parts: lost })] : []),
  ];
}

/**
 * Shows the progress line while the run goes on. Its timer also keeps the process alive, so that a run without
 * sources serves until it is told to stop.
 */
function showProgress(runtime: Runtime, { terminal, clock, verbosity }: CommandContext, start: number) {
  const line = new ProgressLine(start);
  const isShown = terminal.stderr.isTerminal && verbosity !== "quiet";
  return clock.setInterval(() => {
    if (!isShown) return;
    try {
      terminal.showStatus(line.render(runtime.readings(), clock.now()));
    } catch (error) {
      // The end of the run reads the figures again and reports the failure; a timer is no place to throw it.
      terminal.showStatus(`The figures cannot be read: ${messageOf(error)}`);
    }
  }, PROGRESS_INTERVAL);
}

/** Starts, and waits for what ends the run; throws when it does not start. */
async function endingOf(runtime: Runtime, interruption: Interruption): Promise<Ending> {
  const interrupted = async (stage: "start" | "run"): Promise<Ending> => {
    return { kind: "interrupted", signal: await interruption.first, stage };
  };
  const early = await Promise.race([runtime.start(), interrupted("start")]);
  if (early !== undefined) return early;
  const completed: Promise<Ending> = runtime.completed.then(
    () => ({ kind: "completed" }),
    (error: unknown) => ({ kind: "failed", error }),
  );
  return Promise.race([completed, interrupted("run")]);
}

/** The configuration as far as it got: plugins may write and fail while they are loaded, and secrets are known then. */
function loadedConfig(kernel: Kernel): CheckedConfig | undefined {
  try {
    return kernel.config;
  } catch {
    return undefined;
  }
}

function nameOf({ value }: CheckedConfig): string {
  return typeof value["name"] === "string" ? value["name"] : "llmspell";
}
