import packageJson from "../package.json" with { type: "json" };

export const PROVIDERS = ["extractive", "openai_compatible"] as const;
export type Provider = (typeof PROVIDERS)[number];

/** What a new configuration is made from. */
export interface Answers {
  readonly name: string;
  readonly provider: Provider;
}

/** What a new configuration consists of. */
export const STARTER_FILE_NAMES = ["llmspell.config.yaml", "events.ndjson"] as const;

/** The files of a new configuration by name: the configuration, and data to run it on. */
export function starterFiles(answers: Answers): Map<string, string> {
  const [config, events] = STARTER_FILE_NAMES;
  return new Map<string, string>([
    [config, configFile(answers)],
    [events, TICKETS.map((ticket) => `${JSON.stringify(ticket)}\n`).join("")],
  ]);
}

/** A package.json that installs what the configuration names. */
export function packageFile({ name, provider }: Answers): string {
  const range = `^${packageJson.version}`;
  const dependencies = {
    ...(provider === "openai_compatible" ? { "@llmspell/plugin-provider-ai": range } : {}),
    "@llmspell/standard": range,
    llmspell: range,
  };
  const scripts = { start: "llmspell run" };
  return `${JSON.stringify({ name: packageName(name), private: true, type: "module", scripts, dependencies }, null, 2)}\n`;
}

/** A name in the form that npm takes for a package's. */
export function packageName(name: string): string {
  const fitting = name
    .toLowerCase()
    .replace(/[^a-z0-9-]+/g, "-")
    .replace(/^-+|-+$/g, "");
  return fitting === "" ? "my-desk" : fitting;
}

function configFile({ name, provider }: Answers): string {
  const isRemote = provider === "openai_compatible";
  return `name: ${JSON.stringify(name)}
plugins:
  - "@llmspell/standard"
${isRemote ? '  - "@llmspell/plugin-provider-ai"\n' : ""}
# Each line of events.ndjson becomes an event: ticket.opened, ticket.closed.
sources:
  tickets: { use: ndjson, path: events.ndjson, type: "ticket.{{ record.action }}" }

# Routes bring events to channels.
events:
  channels:
    opened: { priority: high }
    closed: { priority: low }
  routes:
    - { use: static, event: ticket.opened, channel: opened }
    - { use: static, event: ticket.closed, channel: closed }

# Pipelines take the events of a channel through their steps.
pipelines:
  triage:
    on: opened
    steps:
      - { agent: summarizer, input: "{{ event.data.body }}" }
      - { write: results, data: { ticket: "{{ event.data.id }}", summary: "{{ steps.summarizer.text }}" } }
  archive:
    on: closed
    steps:
      - { write: results, data: { ticket: "{{ event.data.id }}", closed: true } }

agents:
  summarizer:
    systemPrompt: Summarize the ticket in one sentence.
    provider: ${isRemote ? REMOTE_PROVIDER : "{ use: extractive, maxSentences: 1 }"}

sinks:
  results: { use: ndjson, path: results.ndjson }
`;
}

const REMOTE_PROVIDER = `
      # The first that is configured: without LLM_BASE_URL and LLM_MODEL, the offline one.
      use: first_configured
      providers:
        - use: openai_compatible
          baseUrl: \${LLM_BASE_URL:-}
          model: \${LLM_MODEL:-}
          apiKey: \${LLM_API_KEY:-}
        - { use: extractive, maxSentences: 1 }`;

const TICKETS = [
  {
    id: 1,
    action: "opened",
    body: "The export stops after ten minutes. It worked until last week. The log says that the connection was reset.",
  },
  {
    id: 2,
    action: "opened",
    body: "I was charged twice in March. Please refund the second charge. My invoice number is 4711.",
  },
  { id: 1, action: "closed", body: "The timeout of the export was raised." },
  {
    id: 3,
    action: "opened",
    body: "Dark mode makes the tables unreadable. The header text is black on black. Light mode is fine.",
  },
];
