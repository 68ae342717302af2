import { type ChildProcess, spawn } from "node:child_process";
import { once } from "node:events";
import { readFileSync } from "node:fs";
import { createRequire } from "node:module";
import { createServer } from "node:net";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";
import type { McpToolOptions } from "../src/generated/options.ts";

const require = createRequire(import.meta.url);
const fileOf = (name: string) => join(dirname(require.resolve(`${name}/package.json`)), "dist/index.js");

/** The protocol's own reference servers, as they come from npm. */
export const EVERYTHING = fileOf("@modelcontextprotocol/server-everything");
export const FILESYSTEM = fileOf("@modelcontextprotocol/server-filesystem");

const SCRIPTED = fileURLToPath(new URL("./scripted-server.ts", import.meta.url));

/** Options for a server of Node's, started for each instance. */
export function stdio(script: string, ...args: readonly string[]) {
  return { command: process.execPath, args: [script, ...args] } satisfies McpToolOptions;
}

/** Options for the server by hand that misbehaves as told. */
export function scripted(mode: string, ...args: readonly string[]) {
  return stdio(SCRIPTED, mode, ...args);
}

/** A server that runs of itself, on a free port of this machine. */
export interface HttpServer extends AsyncDisposable {
  readonly url: string;
  readonly child: ChildProcess;
}

/** Starts server-everything for streamable HTTP; resolves when it listens. */
export async function startEverythingOverHttp(port?: number): Promise<HttpServer> {
  const chosen = port ?? (await freePort());
  const child = spawn(process.execPath, [EVERYTHING, "streamableHttp"], {
    env: { PATH: process.env["PATH"], PORT: String(chosen) },
    stdio: ["ignore", "ignore", "pipe"],
  });
  await once(child.stderr, "data");
  return {
    url: `http://127.0.0.1:${chosen}/mcp`,
    child,
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill("SIGKILL");
      await once(child, "exit");
    },
  };
}

export async function freePort(): Promise<number> {
  const server = createServer().listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  server.close();
  await once(server, "close");
  if (address === null || typeof address === "string") throw new Error("A server on TCP has a port.");
  return address.port;
}

/** Whether a process lives; one that has ended and whose parent has not looked yet does not. */
export function isAlive(pid: number): boolean {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, "utf8");
    return stat.slice(stat.lastIndexOf(")") + 2, stat.lastIndexOf(")") + 3) !== "Z";
  } catch {
    return false;
  }
}
