// What `--help` shows below the options of each command.

export const PROGRAM_HELP = `
Exit codes: 0 fine, 1 run failed, 2 wrong usage, 78 configuration invalid.

Examples:
  llmspell init my-desk          write a configuration and a working example
  llmspell                       run the configuration that is found from here upwards
  llmspell validate --json       check it, for a script
  llmspell <command> --help      more about a command`;

export const RUN_EXAMPLES = `
The run ends when its sources are exhausted. On SIGINT or SIGTERM it finishes what is under way and reports; a second
signal stops it at once (exit code 130 or 143). Without sources it serves until a signal comes. What is still under way
after --drain-timeout (30s unless given: 500ms, 2m, 1h) is stopped and reported as pending, and the run has failed.

The end reports two sums, over the sources and over the channels. Events that failed for good (in a channel without
deadLetter), were left behind or are not accounted for make the exit code 1; dead letters are reported and are no failure.

Examples:
  llmspell run
  llmspell run --config desk.yaml
  llmspell run --drain-timeout 2m
  llmspell run --record-trace calls.ndjson
  llmspell run --quiet --json > summary.json`;

export const VALIDATE_EXAMPLES = `
Everything that is wrong is reported at once, each with its place in the file; the exit code is then 78.

Examples:
  llmspell validate
  llmspell validate --config desk.yaml --json`;

export const SIMULATE_EXAMPLES = `
Examples:
  llmspell simulate tools --synthetic periodic_bursts
  llmspell simulate tools --help`;

export const SIMULATE_TOOLS_EXAMPLES = `
The calls go through a real pool on a clock of its own: an hour takes a second or two. For each policy it prints how long callers
waited, who waited in vain, how long instances lived, and that over the time of the calls (cost); and the distance from an
oracle that knows the rate beforehand and keeps as many instances as Erlang's formula asks for.

Examples:
  llmspell simulate tools --synthetic daily_wave --svg wave.svg
  llmspell simulate tools --synthetic random_bursts --seed 1 2 3 4 5 --policy on_demand predictive
  llmspell run --record-trace calls.ndjson
  llmspell simulate tools --trace calls.ndjson --pool search --cold-start 2s --policy '{ use: predictive, season: 60s }'`;

export const LIST_EXAMPLES = `
Without a configuration it lists what the preset @llmspell/standard offers.

--hooks lists the configured hooks by point, in plan order, with what holds for each where the YAML says nothing; bounds of
retries that no hook has changed (3 attempts) are only in the JSON.

Examples:
  llmspell list
  llmspell list --kind load-balancer
  llmspell list --hooks
  llmspell list --json`;

export const SCHEMA_EXAMPLES = `
With it an editor completes and checks the configuration, third-party plugins included. Without a configuration it is
the schema of the preset @llmspell/standard.

Examples:
  llmspell schema --output llmspell.schema.json
  then, as the configuration's first line:
  # yaml-language-server: $schema=./llmspell.schema.json`;

export const PRINT_EXAMPLES = `
Imports are merged, defaults filled in, paths absolute. Values from the environment are named, not shown.

Examples:
  llmspell print-config
  llmspell print-config --json`;

export const GRAPH_EXAMPLES = `
Examples:
  llmspell graph > graph.mmd
  llmspell graph --format dot | dot -Tsvg > graph.svg
  llmspell graph --hooks > hooks.mmd`;

export const INIT_EXAMPLES = `
Examples:
  llmspell init
  llmspell init my-desk --yes
  llmspell init my-desk --yes --provider openai_compatible`;
