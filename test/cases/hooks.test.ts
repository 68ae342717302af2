import { once } from "node:events";
import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { createServer } from "node:http";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { fileURLToPath } from "node:url";
import { isLlmspellError, messageOf, seededRandom } from "@llmspell/base";
import { ConfigError } from "@llmspell/config";
import type { HookRun, RunRequest } from "@llmspell/hooks";
import { Kernel } from "@llmspell/kernel";
import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";

/*
 * Each folder under hooks/ is one behaviour of a ready-made hook: a configuration, the runs of hook points in input.json, and
 * in expected.json what became of them. Time is virtual and chance seeded. `${FILES}` in the configuration is a directory of
 * the case's own, which begins as its files/ and whose end is expected too; `${SERVICE}` is a server that answers as
 * service.json says, in turn, and whose requests are expected too. `UPDATE_CASES=1` writes what happens now; read the
 * difference before you commit it.
 */

const CASES = fileURLToPath(new URL("hooks/", import.meta.url));
const isUpdating = process.env["UPDATE_CASES"] === "1";

interface CaseRun extends RunRequest {
  readonly point: string;
  /** Runs with the same name have one scope. */
  readonly chat?: string;
  /** Milliseconds that pass before. */
  readonly after?: number;
}

interface ServiceAnswer {
  readonly status: number;
  readonly body?: unknown;
}

describe("hooks", () => {
  for (const name of readdirSync(CASES).sort()) {
    it(name.replaceAll("-", " "), async () => {
      const directory = join(CASES, name);
      const expectedPath = join(directory, "expected.json");
      const actual = `${JSON.stringify(await outcomeOf(directory), null, 2)}\n`;
      if (isUpdating) writeFileSync(expectedPath, actual);
      expect(JSON.parse(actual)).toEqual(JSON.parse(readFileSync(expectedPath, "utf8")));
    });
  }
});

async function outcomeOf(directory: string): Promise<object> {
  const files = mkdtempSync(join(tmpdir(), "llmspell-hook-case-"));
  if (existsSync(join(directory, "files"))) cpSync(join(directory, "files"), files, { recursive: true });
  await using service = await startService(join(directory, "service.json"));
  try {
    const outcome = await runCase(directory, { FILES: files, SERVICE: service.url });
    const left = readdirSync(files).sort();
    const contents = left.map((file) => [file, linesOf(readFileSync(join(files, file), "utf8"))] as const);
    const whole = {
      ...outcome,
      ...(left.length === 0 ? {} : { files: Object.fromEntries(contents) }),
      ...(service.requests.length === 0 ? {} : { requests: service.requests }),
    };
    return JSON.parse(JSON.stringify(whole).replaceAll(files, "<files>").replaceAll(service.url, "<service>"));
  } finally {
    rmSync(files, { recursive: true });
  }
}

/** Loads, starts and runs; or says why that was refused. */
async function runCase(directory: string, environment: Readonly<Record<string, string>>): Promise<object> {
  const clock = new VirtualClock();
  await using kernel = new Kernel({ clock, random: seededRandom(1), environment });
  try {
    await kernel.load({ path: join(directory, "config.yaml") });
    await kernel.start();
  } catch (error) {
    return { refused: problemOf(error) };
  }
  const hooks = kernel.service("hooks");
  if (hooks === undefined) throw new Error(`${directory} has no section \`hooks\`.`);
  const scopes = new Map<string, object>();
  const runs: unknown[] = [];
  for (const { point, chat = "one", after = 0, ...request } of readJson<readonly CaseRun[]>(
    directory,
    "input.json",
    [],
  )) {
    await clock.advance(after);
    const scope = scopes.get(chat) ?? {};
    scopes.set(chat, scope);
    runs.push(await settled(clock, async () => shown(await hooks.run(point, { ...request, scope }))));
  }
  await kernel.drain();
  const figures = hooks
    .stats()
    .flatMap(({ point, hooks: own }) => own.map((hook) => [`${point}.${hook.id}`, hook.figures]));
  return { runs, figures: Object.fromEntries(figures) };
}

/** What a run became; of its report, what each hook did in a word or two. */
function shown({ report, ...run }: HookRun): object {
  const entries = report.map((entry) => [
    entry.hook,
    entry.outcome === "skipped"
      ? `skipped: ${entry.reason}`
      : entry.outcome === "failed"
        ? `failed: ${messageOf(entry.error)}`
        : entry.outcome,
  ]);
  return { ...run, report: Object.fromEntries(entries) };
}

async function settled(clock: VirtualClock, run: () => Promise<object>): Promise<object> {
  let isDone = false;
  const ended = run()
    .catch((error: unknown) => ({ failed: problemOf(error) }))
    .finally(() => {
      isDone = true;
    });
  // The network and the disk take real time; virtual time goes on only where somebody waits for it.
  while (!isDone) await clock.advance(clock.pendingTimers === 0 ? 0 : 1);
  return ended;
}

function problemOf(error: unknown): string {
  if (error instanceof ConfigError) return error.format({ color: false, directory: CASES });
  const { cause } = error instanceof Error ? error : {};
  const own = isLlmspellError(error) ? `${error.code}: ${error.message}` : messageOf(error);
  return isLlmspellError(cause) ? `${own} [${cause.code}]` : own;
}

/** The lines of a file: as JSON where they are, else as they are. */
function linesOf(content: string): readonly unknown[] {
  return content
    .split("\n")
    .filter((line) => line !== "")
    .map((line) => {
      try {
        return JSON.parse(line);
      } catch {
        return line;
      }
    });
}

/** A server on this machine that gives the answers of a file in turn, the last one again and again. */
async function startService(path: string) {
  const answers: readonly ServiceAnswer[] = existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : [];
  const requests: unknown[] = [];
  const server = createServer((request, response) => {
    void text(request).then((body) => {
      const { status = 500, body: answer } = answers[Math.min(requests.length, answers.length - 1)] ?? {};
      const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = request.headers;
      requests.push({ id, timestamp, signature, body: JSON.parse(body) });
      response.writeHead(status).end(answer === undefined ? undefined : JSON.stringify(answer));
    });
  });
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  return {
    url: `http://127.0.0.1:${typeof address === "object" ? address?.port : ""}`,
    requests,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}

function readJson<Content>(directory: string, name: string, otherwise: Content): Content {
  const path = join(directory, name);
  return existsSync(path) ? JSON.parse(readFileSync(path, "utf8")) : otherwise;
}
