// A program that does what it is told, for the tests of the tool `process`. With --headers its messages have headers.
import { spawn } from "node:child_process";
import { closeSync } from "node:fs";
import { createInterface } from "node:readline";
import { MessageChannel } from "node:worker_threads";

const hasHeaders = process.argv.includes("--headers");
// It heeds neither SIGTERM nor the end of its input.
if (process.argv.includes("--stubborn")) {
  process.on("SIGTERM", () => undefined);
  new MessageChannel().port1.on("message", () => undefined);
}

/** What ends a call when it is cancelled, by the request's id. */
const cancels = new Map();
let warm = 0;

function send(message) {
  const text = JSON.stringify({ jsonrpc: "2.0", ...message });
  process.stdout.write(hasHeaders ? `Content-Length: ${Buffer.byteLength(text)}\r\n\r\n${text}` : `${text}\n`);
}

function fail(id, code, message) {
  send({ id, error: { code, message } });
}

const orders = {
  echo: (order) => order,
  pid: () => process.pid,
  env: ({ name }) => process.env[name] ?? null,
  cwd: () => process.cwd(),
  count_warm_ups: () => warm,
  nothing: () => undefined,
  exit: () => process.exit(7),
  last_words: () => {
    process.stderr.write(`${"x".repeat(2000)}\n`);
    for (let line = 1; line <= 30; line++) process.stderr.write(`line ${line}\n`);
    process.stderr.write("the very last", () => process.exit(3));
    return new Promise(() => undefined);
  },
  throw: () => {
    throw Object.assign(new Error("out of cheese"), { code: -32001 });
  },
  wait: (_, id) =>
    new Promise((_, reject) => cancels.set(id, () => reject(Object.assign(new Error("cancelled"), { code: -32800 })))),
  ignore_cancel: () => new Promise(() => undefined),
  report: (_, id) => {
    send({ method: "$/progress", params: { token: id, value: { progress: 1, total: 2, message: "half" } } });
    send({ method: "$/progress", params: { token: id, value: "no progress" } });
    send({ method: "$/progress", params: { token: id, value: { progress: 2 } } });
    return "reported";
  },
  flood: (_, id) => {
    for (let progress = 1; progress <= 5000; progress++)
      send({ method: "$/progress", params: { token: id, value: { progress } } });
    return "flooded";
  },
  // What no program should write, but some do: answers that nobody asked for, twice; requests; cancellations.
  babble: () => {
    for (let count = 1; count <= 1500; count++) {
      send({ id: 999_999, result: count });
      send({ id: 1, method: "window/showMessage", params: {} });
      send({ method: "$/cancelRequest", params: { id: count } });
    }
    return "babbled";
  },
  print: ({ text }) => {
    process.stdout.write(text);
    return new Promise(() => undefined);
  },
  print_without_end: () => {
    const more = () => process.stdout.write("x".repeat(65_536), more);
    more();
    return new Promise(() => undefined);
  },
  close_output: () => {
    closeSync(1);
    return new Promise(() => undefined);
  },
  // A child that would live on, and its own child.
  spawn: () => {
    const script = "trap '' TERM HUP; sleep 1000 & echo $$ $!; wait";
    const child = spawn("sh", ["-c", script], { stdio: ["ignore", "pipe", "ignore"] });
    return new Promise((resolve) =>
      child.stdout.once("data", (data) => resolve(String(data).trim().split(" ").map(Number))),
    );
  },
  // A child that leaves the group, and holds our pipes.
  escape: () => {
    const child = spawn("sleep", ["1000"], { detached: true, stdio: "inherit" });
    return child.pid;
  },
};

const methods = {
  describe: () => ({
    description: "Does what it is told.",
    inputSchema: { type: "object", required: ["do"], properties: { do: { type: "string" } } },
    outputSchema: {},
    warmUps: ["load_model"],
  }),
  load_model: () => {
    warm++;
  },
  fit: () => true,
  unfit: () => {
    throw new Error("not today");
  },
  execute: (order, id) => orders[order.do](order, id),
};

async function serve({ id, method, params }) {
  if (method === "$/cancelRequest") return cancels.get(params.id)?.();
  // An answer to what `babble` asked.
  if (method === undefined) return;
  if (methods[method] === undefined) return fail(id, -32601, `There is no method ${method}.`);
  try {
    send({ id, result: await methods[method](params, id) });
  } catch (error) {
    fail(id, error.code ?? -32000, error.message);
  } finally {
    cancels.delete(id);
  }
}

/** Reads messages with headers from the text that came so far; returns what is left of it. */
function readAll(text) {
  const match = /^Content-Length: (\d+)\r\n\r\n/.exec(text);
  const end = match === null ? Number.POSITIVE_INFINITY : match[0].length + Number(match[1]);
  if (text.length < end) return text;
  void serve(JSON.parse(text.slice(match[0].length, end)));
  return readAll(text.slice(end));
}

if (hasHeaders) {
  let text = "";
  process.stdin.setEncoding("utf8").on("data", (more) => {
    text = readAll(text + more);
  });
} else {
  createInterface({ input: process.stdin }).on("line", (line) => void serve(JSON.parse(line)));
}
