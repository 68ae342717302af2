// A server by hand, over stdio: speaks enough MCP to misbehave in the way that its first argument asks for.
import { spawn } from "node:child_process";
import { existsSync, writeFileSync } from "node:fs";
import { createServer } from "node:net";
import { createInterface } from "node:readline";

type Id = number | string;
interface Request {
  readonly id?: Id;
  readonly method: string;
  readonly params?: {
    readonly cursor?: string;
    readonly arguments?: Record<string, unknown>;
    readonly _meta?: { readonly progressToken?: Id };
  };
}

const mode = process.argv[2] ?? "obey";
const send = (message: object) => process.stdout.write(`${JSON.stringify({ jsonrpc: "2.0", ...message })}\n`);
const text = (value: string) => ({ content: [{ type: "text", text: value }] });

let hasChanged = false;
const cancelled: unknown[] = [];

/** Whether a server was started with this file before; leaves it as a mark. */
function isLater(mark: string): boolean {
  const isThere = existsSync(mark);
  writeFileSync(mark, "");
  return isThere;
}

function toolsOf(cursor: string | undefined): object {
  const inputSchema = { type: "object", properties: { text: { type: hasChanged ? "number" : "string" } } };
  if (mode !== "pages") return { tools: [{ name: "obey", inputSchema }] };
  const page = Number(cursor ?? 0);
  const tools = [{ name: `tool_${page}`, description: `Number ${page}.`, inputSchema }];
  // The last page names itself as the next, as a broken server does.
  return { tools, nextCursor: String(Math.min(page + 1, 2)) };
}

const orders: Readonly<Record<string, (id: Id, given: Record<string, unknown>, token?: Id) => void>> = {
  echo: (id, given) => send({ id, result: { ...text(""), structuredContent: given } }),
  exit: () => {
    process.stderr.write("out of cheese\n");
    process.exit(3);
  },
  hang: () => undefined,
  cancelled: (id) => send({ id, result: { ...text(""), structuredContent: { cancelled } } }),
  nonsense: (id) => send({ id, result: { content: "not a list" } }),
  refuse: (id) => send({ id, error: { code: -32602, message: "I do not take that." } }),
  garbage: (id) => {
    process.stdout.write("\u0000\u0001 not JSON\n[1, 2]\n");
    orders["echo"]?.(id, { text: "garbage" });
  },
  progress: (id, _, progressToken) => {
    // All in one piece, as a busy pipe delivers it.
    const progress = [1, 2, 3].map((progress) => {
      return { jsonrpc: "2.0", method: "notifications/progress", params: { progressToken, progress } };
    });
    const messages = [...progress, { jsonrpc: "2.0", id, result: text("done") }];
    process.stdout.write(messages.map((message) => `${JSON.stringify(message)}\n`).join(""));
  },
  twice: (id) => {
    send({ id, result: text("first") });
    send({ id, result: text("second") });
  },
  change: (id) => {
    hasChanged = true;
    for (let i = 0; i < 3; i++) send({ method: "notifications/tools/list_changed" });
    orders["echo"]?.(id, {});
  },
  pids: (id) => orders["echo"]?.(id, { server: process.pid, child: child?.pid }),
};

const answers: Readonly<Record<string, (request: Request) => void>> = {
  initialize: ({ id }) => {
    if (mode === "hang" || (mode === "hang-later" && isLater(process.argv[3] ?? ""))) return;
    const capabilities = { tools: { listChanged: true } };
    const serverInfo = { name: "scripted", version: "1" };
    send({ id, result: { protocolVersion: "2025-06-18", capabilities, serverInfo } });
  },
  ping: ({ id }) => send({ id, result: {} }),
  "tools/list": ({ id, params }) => send({ id, result: toolsOf(params?.cursor) }),
  "tools/call": ({ id = 0, params }) => {
    const given = params?.arguments ?? {};
    orders[String(given["do"] ?? "echo")]?.(id, given, params?._meta?.progressToken);
  },
  "notifications/cancelled": ({ params }) => cancelled.push(params),
};

if (mode === "garbage") {
  process.stderr.write("I am no MCP server\n");
  const write = () => process.stdout.write("garbage ".repeat(20).concat("\n").repeat(50), write);
  write();
}
if (mode === "die") {
  process.stderr.write("no licence\n");
  process.exit(7);
}
if (mode === "banner") process.stdout.write("Welcome to the scripted server!\n");
// A child that holds the server's pipes, as the server behind a shell or npx does, and that ends only when it is killed.
const child =
  mode === "family" || mode === "stubborn"
    ? spawn(process.execPath, ["-e", "process.on('SIGTERM', () => {}); setInterval(() => {}, 1e6)"], {
        stdio: "inherit",
      })
    : undefined;
if (mode === "stubborn") process.on("SIGTERM", () => undefined);

createInterface({ input: process.stdin })
  .on("line", (line) => {
    const request: Request = JSON.parse(line);
    answers[request.method]?.(request);
  })
  .on("close", () => {
    if (mode !== "stubborn" && mode !== "hang") process.exit(0);
  });
// Something to live for when the input is closed.
if (mode === "stubborn" || mode === "hang") createServer().listen(0, "127.0.0.1");
