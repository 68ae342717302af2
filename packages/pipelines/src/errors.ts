import { defineErrors } from "@llmspell/base";

interface InPipeline {
  readonly pipeline: string;
}
interface InStep extends InPipeline {
  readonly step: string;
}
interface OfSource {
  readonly source: string;
  readonly problem: string;
}

export const pipelineErrors = defineErrors({
  LLMSPELL_E_PIPELINE_OPTIONS: {
    message: ({ pipeline, problem }: InPipeline & { problem: string }) => `Pipeline "${pipeline}": ${problem}.`,
    hint: "Correct the pipeline's options.",
    final: true,
  },
  LLMSPELL_E_PIPELINE_IMPLEMENTATION: {
    message: ({ kind, name }: Readonly<Record<"kind" | "name", string>>) =>
      `Nothing here creates the ${kind} "${name}" from its name.`,
    hint: "In code, give the implementation itself, or the function that creates it among the dependencies.",
  },
  LLMSPELL_E_PIPELINE_STEP: {
    message: ({ pipeline, step, attempts, problem }: InStep & { attempts: number; problem: string }) =>
      `Step "${step}" of pipeline "${pipeline}" failed${attempts === 1 ? "" : ` ${attempts} times`}: ${problem}`,
    hint: "The cause has the step's own error. `retries` on the step or its channel try again; `deadLetter` on the channel keeps the event.",
  },
  LLMSPELL_E_PIPELINE_STEP_TIMEOUT: {
    message: ({ pipeline, step, timeout }: InStep & { timeout: number }) =>
      `Step "${step}" of pipeline "${pipeline}" was not done within ${timeout} ms.`,
    hint: "Raise the step's `timeout`, or look why it takes long.",
  },
  LLMSPELL_E_PIPELINE_CANCELLED: {
    message: ({ point, hook, reason }: Readonly<Record<"point" | "hook" | "reason", string>>) =>
      `The hook "${hook}" at ${point} cancelled the event: ${reason}`,
  },
  LLMSPELL_E_PIPELINE_PATCH: {
    message: ({ point, path, expected }: Readonly<Record<"point" | "path" | "expected", string>>) =>
      `After the hooks at ${point}, \`${path}\` is not ${expected}.`,
    hint: "Mend the hook that changes it.",
    final: true,
  },
  LLMSPELL_E_PIPELINE_EMIT_REFUSED: {
    message: ({ type, refusals }: Readonly<Record<"type" | "refusals", string>>) =>
      `The event "${type}" was refused by ${refusals}.`,
    hint: "Give the channel `overflow: block`, more `capacity` or a higher `rateLimit`, or the step `retries`.",
  },
  LLMSPELL_E_PIPELINE_STOPPED: {
    message: () => "The pipelines have been stopped.",
    hint: "To finish what is under way, drain first.",
    final: true,
  },
  LLMSPELL_E_SOURCE_FAILED: {
    message: ({ source, problem }: OfSource) => `Source "${source}" failed: ${problem}`,
    hint: "Everything that it gave before has been handled; the cause has the source's own error.",
  },
  LLMSPELL_E_SINK_FLUSH: {
    message: ({ sink, problem }: { sink: string; problem: string }) =>
      `Sink "${sink}" could not finish what was written to it: ${problem}`,
    hint: "The cause has the sink's own error.",
  },
});
