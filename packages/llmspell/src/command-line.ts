import { resolve } from "node:path";
import { messageOf, parseDuration, systemClock } from "@llmspell/base";
import { Command, CommanderError, InvalidArgumentError, Option } from "commander";
import packageJson from "../package.json" with { type: "json" };
import type { CommandContext } from "./command-context.ts";
import type { GraphOptions } from "./commands/graph.ts";
import type { InitOptions } from "./commands/init.ts";
import type { ListOptions } from "./commands/list.ts";
import type { PrintConfigOptions } from "./commands/print-config.ts";
import type { RunOptions } from "./commands/run.ts";
import type { SchemaOptions } from "./commands/schema.ts";
import type { SimulateToolsOptions } from "./commands/simulate-tools.ts";
import type { ValidateOptions } from "./commands/validate.ts";
import { createConsoleLog, type Verbosity } from "./console-log.ts";
import { EXIT } from "./exit-code.ts";
import { reportFailure } from "./failure-report.ts";
import {
  GRAPH_EXAMPLES,
  INIT_EXAMPLES,
  LIST_EXAMPLES,
  PRINT_EXAMPLES,
  PROGRAM_HELP,
  RUN_EXAMPLES,
  SCHEMA_EXAMPLES,
  SIMULATE_EXAMPLES,
  SIMULATE_TOOLS_EXAMPLES,
  VALIDATE_EXAMPLES,
} from "./help-texts.ts";
import { type OutputStream, Terminal } from "./terminal.ts";

/** The process as far as the command needs it. */
export interface CommandHost {
  readonly stdout: OutputStream;
  readonly stderr: OutputStream;
  readonly env: Readonly<Record<string, string | undefined>>;
  cwd(): string;
  on(event: "uncaughtException", listener: (error: unknown) => void): unknown;
  exit(code: number): void;
}

interface GlobalOptions {
  readonly config?: string;
  readonly quiet?: boolean;
  readonly verbose?: boolean;
}

type Action<Options> = (context: CommandContext, options: Options) => Promise<number>;

/**
 * Runs the `llmspell` command.
 *
 * @param args what stands after the command's name
 * @returns the exit code: 0 fine, 1 run failed, 2 usage, 78 configuration invalid
 */
export async function runCommandLine(args: readonly string[], host: CommandHost): Promise<number> {
  const terminal = new Terminal(host.stdout, host.stderr, host.env);
  const program = new CommandLine(terminal, host);
  const report = (error: unknown) =>
    reportFailure(error, terminal, { directory: host.cwd(), withStack: program.isVerbose });
  // What nobody caught, anywhere in the process, ends it as Node would end it; but it is printed with secrets redacted.
  host.on("uncaughtException", (error) => host.exit(report(error)));
  try {
    return await program.run(args);
  } catch (error) {
    // commander has already written its message.
    if (error instanceof CommanderError) return error.exitCode === 0 ? EXIT.fine : EXIT.usage;
    return report(error);
  }
}

/** The commands and their options. What a command needs is imported when it runs, so that none pays for another. */
class CommandLine {
  readonly #program: Command;
  readonly #terminal: Terminal;
  readonly #host: CommandHost;
  #exitCode: number = EXIT.fine;

  constructor(terminal: Terminal, host: CommandHost) {
    this.#terminal = terminal;
    this.#host = host;
    this.#program = this.#createProgram();
    this.#addRunning();
    this.#addInspecting();
    this.#addSimulating();
    this.#addInit();
  }

  get isVerbose(): boolean {
    const { LLMSPELL_DEBUG: debug } = this.#host.env;
    return this.#program.opts<GlobalOptions>().verbose === true || (debug !== undefined && debug !== "");
  }

  async run(args: readonly string[]): Promise<number> {
    await this.#program.parseAsync(args, { from: "user" });
    return this.#exitCode;
  }

  #createProgram(): Command {
    return new Command("llmspell")
      .description("Runs LLM pipelines declared in YAML.")
      .version(packageJson.version)
      .option("-c, --config <file>", "the configuration; without it, searched for from here upwards")
      .option("-q, --quiet", "say nothing but errors and what was asked for")
      .option("--verbose", "say more, and show where in the code an error happened")
      .configureHelp({
        showGlobalOptions: true,
        subcommandTerm: (command) => `${command.name()} ${command.usage()}`,
      })
      .configureOutput({
        writeOut: (text) => this.#terminal.stdout.write(text),
        writeErr: (text) => this.#terminal.stderr.write(text),
      })
      .showHelpAfterError("Run with --help to see what there is.")
      .exitOverride()
      .addHelpText("after", PROGRAM_HELP);
  }

  #addRunning(): void {
    this.#command("run", "run the configuration: the command when none is named", RUN_EXAMPLES, { isDefault: true })
      .option("--json", "print the summary as JSON")
      .option("--drain-timeout <duration>", "how long what is under way may take at the end", durationOption, 30_000)
      .option("--record-trace <file>", "write each call of a tool pool to a file, for `simulate tools`")
      // Without a command's name, what stands first comes here as an argument.
      .usage("[options]")
      .argument("[words...]")
      .action(async (words: readonly string[], options: RunOptions, command: Command) => {
        const [word] = words;
        if (word !== undefined) command.error(`error: unknown command '${word}'; there is ${this.#commandNames()}`);
        const { run } = await import("./commands/run.ts");
        await this.#do(run, options);
      });
    this.#command("validate", "check the configuration without running any plugin", VALIDATE_EXAMPLES)
      .option("--json", "print the result as JSON")
      .action(async (options: ValidateOptions) => {
        const { validate } = await import("./commands/validate.ts");
        await this.#do(validate, options);
      });
  }

  #addInspecting(): void {
    this.#command("list", "list what the configuration's plugins offer", LIST_EXAMPLES)
      .option("--kind <kind>", "only the implementations of one kind")
      .addOption(new Option("--hooks", "the configured hooks instead, as they take effect").conflicts("kind"))
      .option("--json", "print the list as JSON")
      .action(async (options: ListOptions) => {
        const { list } = await import("./commands/list.ts");
        await this.#do(list, options);
      });
    this.#command("schema", "print the JSON Schema of the configuration", SCHEMA_EXAMPLES)
      .option("-o, --output <file>", "write it to a file")
      .action(async (options: SchemaOptions) => {
        const { schema } = await import("./commands/schema.ts");
        await this.#do(schema, options);
      });
    this.#command("print-config", "print the configuration as it takes effect, secrets redacted", PRINT_EXAMPLES)
      .option("--json", "print it as JSON instead of YAML")
      .action(async (options: PrintConfigOptions) => {
        const { printConfig } = await import("./commands/print-config.ts");
        await this.#do(printConfig, options);
      });
    this.#command("graph", "draw sources, routes, channels, pipelines and what they use", GRAPH_EXAMPLES)
      .addOption(
        new Option("--format <format>", "the language of the drawing").choices(["mermaid", "dot"]).default("mermaid"),
      )
      .option("--hooks", "the plans of the hook points instead: levels, groups, dependencies, critical path")
      .action(async (options: GraphOptions) => {
        const { graph } = await import("./commands/graph.ts");
        await this.#do(graph, options);
      });
  }

  #addSimulating(): void {
    const simulate = this.#command("simulate", "try settings on recorded or synthetic load", SIMULATE_EXAMPLES);
    simulate
      .command("tools")
      .description("replay calls through a tool pool in virtual time, with several scaling policies")
      .addHelpText("after", SIMULATE_TOOLS_EXAMPLES)
      .option("--trace <file>", "a trace that `run --record-trace` wrote")
      .option("--synthetic <name>", "steady, ramp, daily_wave, periodic_bursts or random_bursts")
      .option("--seed <number...>", "what chance begins with in synthetic traces; of several, the medians", seedOption)
      .option("--policy <policy...>", "a name, or YAML as under `scaling`; without it, all that there are")
      .option("--pool <name>", "a pool of the configuration, and of the trace if it has several")
      .addOption(coldStartOption())
      .option("--min <count>", "instances that are kept; the pool's, or 1", countOption)
      .option("--max <count>", "instances there are at most; the pool's, or 60", countOption)
      .option("--svg <file>", "draw arrivals, instances and waits, of the first seed")
      .option("--json", "print the figures as JSON, times in milliseconds")
      .action(async (options: SimulateToolsOptions) => {
        const { simulateTools } = await import("./commands/simulate-tools.ts");
        await this.#do(simulateTools, options);
      });
  }

  #addInit(): void {
    this.#command("init", "write a configuration and a working example", INIT_EXAMPLES)
      .argument("[directory]", "where to write; created if need be", ".")
      .option("-y, --yes", "ask nothing")
      .option("--force", "overwrite what exists")
      .option("--name <name>", "what the configuration is called; the directory's name unless given")
      .addOption(
        new Option("--provider <provider>", "who answers: offline extraction, or an OpenAI-compatible server").choices([
          "extractive",
          "openai_compatible",
        ]),
      )
      .action(async (directory: string, options: Omit<InitOptions, "directory">) => {
        const { init } = await import("./commands/init.ts");
        await this.#do(init, { ...options, directory: resolve(this.#host.cwd(), directory) });
      });
  }

  #command(name: string, description: string, examples: string, options: { isDefault?: boolean } = {}): Command {
    return this.#program.command(name, options).description(description).addHelpText("after", examples);
  }

  async #do<Options>(action: Action<Options>, options: Options): Promise<void> {
    this.#exitCode = await action(this.#context(), options);
  }

  #context(): CommandContext {
    const { config, quiet = false } = this.#program.opts<GlobalOptions>();
    const directory = this.#host.cwd();
    const verbosity: Verbosity = this.isVerbose ? "verbose" : quiet ? "quiet" : "normal";
    return {
      terminal: this.#terminal,
      verbosity,
      log: createConsoleLog(this.#terminal, verbosity),
      clock: systemClock,
      directory,
      input: config === undefined ? { searchFrom: directory } : { path: resolve(directory, config) },
    };
  }

  #commandNames(): string {
    return this.#program.commands.map((command) => command.name()).join(", ");
  }
}

/** Its default is shown with the unit that has to be written, too. */
function coldStartOption(): Option {
  return new Option("--cold-start <duration>", "how long an instance takes until it is warm")
    .argParser(durationOption)
    .default(600, "600ms");
}

function durationOption(text: string): number {
  try {
    return parseDuration(text);
  } catch (error) {
    throw new InvalidArgumentError(messageOf(error));
  }
}

function countOption(text: string): number {
  if (!/^\d{1,6}$/.test(text)) throw new InvalidArgumentError("Expected a whole number.");
  return Number(text);
}

function seedOption(text: string, earlier: readonly number[] = []): readonly number[] {
  return [...earlier, countOption(text)];
}
