import { createHmac } from "node:crypto";
import { once } from "node:events";
import { createServer, type IncomingMessage, type ServerResponse } from "node:http";
import { buffer } from "node:stream/consumers";
import { seededRandom } from "@llmspell/base";
import type { HookContext } from "@llmspell/hooks";
import { VirtualClock } from "@llmspell/testkit";
import { afterAll, beforeAll, beforeEach, describe, expect, it } from "vitest";
import type { WebhookOptions } from "../generated/options.ts";
import { contextFor } from "../testing/context-for.ts";
import { Webhook } from "./webhook.ts";

interface Received {
  readonly headers: IncomingMessage["headers"];
  readonly body: string;
}

const clock = new VirtualClock(Date.parse("2026-01-02T03:04:05.678Z"));
const received: Received[] = [];
let answer: (response: ServerResponse, count: number) => void;
const server = createServer((request, response) => {
  void buffer(request).then((body) => {
    received.push({ headers: request.headers, body: body.toString() });
    answer(response, received.length);
  });
});
let origin: string;

beforeAll(async () => {
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const address = server.address();
  origin = typeof address === "object" ? `http://127.0.0.1:${address?.port}` : "";
});
afterAll(() => {
  server.closeAllConnections();
  server.close();
});
beforeEach(() => {
  received.length = 0;
});

const reply = (status: number, body?: unknown) => {
  answer = (response) => response.writeHead(status).end(typeof body === "string" ? body : JSON.stringify(body));
};

function call(options: Partial<WebhookOptions> = {}, context: Partial<HookContext> = {}) {
  const hook = new Webhook({ url: `${origin}/hooks/s3cret?token=t0ken`, ...options }, { random: seededRandom(1) });
  const data = { text: "hello", usage: { input: 1 } };
  const outcome = hook.handle(contextFor(data, { point: "after_llm_call", clock, ...context }));
  // It is waited for in real and in virtual time.
  outcome.catch(() => undefined);
  return { hook, outcome };
}

/** Waits for an answer over the network; moves virtual time on for the waits between attempts. */
async function settled<Value>(promise: Promise<Value>): Promise<Value> {
  let isDone = false;
  const mark = () => {
    isDone = true;
  };
  promise.then(mark, mark);
  while (!isDone) await clock.advance(1);
  return promise;
}

describe("webhook", () => {
  it("posts point and data, input only where told to, and continues", async () => {
    reply(204);
    expect(await call({ includeInput: true }, { input: "question" }).outcome).toBeUndefined();
    reply(200, {});
    expect(await call({ fields: ["usage.input", "missing"] }, { input: "question" }).outcome).toBeUndefined();
    expect(received.map(({ body }) => JSON.parse(body))).toEqual([
      { point: "after_llm_call", input: "question", data: { text: "hello", usage: { input: 1 } } },
      { point: "after_llm_call", data: { "usage.input": 1 } },
    ]);
    expect(received[0]?.headers["content-type"]).toBe("application/json");
  });

  it.each([
    [{ kind: "modify", patch: { text: "bye" } }],
    [{ kind: "replace", result: { text: "other" } }],
    [{ kind: "replace", result: null }],
    [{ kind: "cancel", reason: "No." }],
    [{ kind: "retry", reason: "Once more.", delay: "2s" }],
    [{ kind: "retry", reason: "Once more." }],
  ])("answers with the outcome %j", async (outcome) => {
    reply(200, { ...outcome, note: "not read" });
    expect(await call().outcome).toEqual(outcome);
  });

  it.each([
    ["a text", 200, "Fine!", "its answer is no JSON"],
    ["no text", 200, "", "its answer is no JSON"],
    ["a list", 200, [], "its answer is no JSON object"],
    ["a word", 200, "null", "its answer is no JSON object"],
    ["an unknown kind", 200, { kind: "continue" }, "its answer is no outcome"],
    ["no kind", 200, { patch: {} }, "its answer is no outcome"],
    ["no patch", 200, { kind: "modify", patch: "x" }, "its answer is no outcome"],
    ["no result", 200, { kind: "replace" }, "its answer is no outcome"],
    ["no reason", 200, { kind: "cancel" }, "its answer is no outcome"],
    ["a delay that is none", 200, { kind: "retry", reason: "r", delay: "soon" }, "its answer is no outcome"],
    ["a refusal", 403, {}, "it answered with status 403"],
    ["another place", 307, {}, "it answered with status 307"],
  ])("fails on %s, without trying again", async (_, status, body, problem) => {
    reply(status, body);
    const { hook, outcome } = call();
    await expect(outcome).rejects.toMatchObject({
      code: "LLMSPELL_E_HOOK_WEBHOOK",
      message: `The webhook at ${origin} failed: ${problem}.`,
    });
    expect(received).toHaveLength(1);
    expect(hook.figures()).toEqual({ calls: 1, retries: 0, failures: 1 });
  });

  it("reads no more of an answer than it may", async () => {
    answer = (response) => {
      response.writeHead(200);
      // Never ends: whoever reads on would wait for ever.
      response.write("x".repeat(100_000));
    };
    await expect(call({ maxResponse: "64KiB" }).outcome).rejects.toThrow("its answer is longer than 65536 bytes");
  });

  it("tries again after 5xx, as the same message", async () => {
    answer = (response, count) => response.writeHead(count < 3 ? 503 : 204).end();
    const { hook, outcome } = call({ secret: "a secret of mine" });
    const start = clock.now();
    expect(await settled(outcome)).toBeUndefined();
    expect(clock.now() - start).toBeGreaterThanOrEqual(300);
    expect(hook.figures()).toEqual({ calls: 1, retries: 2, failures: 0 });
    expect(new Set(received.map(({ headers }) => headers["webhook-id"])).size).toBe(1);
    expect(new Set(received.map(({ body }) => body)).size).toBe(1);
  });

  it("tries again after a network error, so often and no more", async () => {
    answer = (response) => response.destroy();
    const { hook, outcome } = call({ retries: 1 });
    await expect(settled(outcome)).rejects.toMatchObject({ code: "LLMSPELL_E_HOOK_WEBHOOK" });
    expect(received).toHaveLength(2);
    expect(hook.figures()).toEqual({ calls: 1, retries: 1, failures: 1 });
    const unheard = call({ url: "http://127.0.0.1:1/", retries: 0 });
    await expect(unheard.outcome).rejects.toThrow("The webhook at http://127.0.0.1:1 failed:");
  });

  it.each([
    ["a text", "a secret of mine", Buffer.from("a secret of mine")],
    ["bytes in Base64", `whsec_${Buffer.from([1, 2, 3, 250]).toString("base64")}`, Buffer.from([1, 2, 3, 250])],
  ])("signs id, time and body with %s", async (_, secret, key) => {
    reply(204);
    await call({ secret }).outcome;
    const { headers, body = "" } = received[0] ?? {};
    const { "webhook-id": id, "webhook-timestamp": timestamp, "webhook-signature": signature } = headers ?? {};
    expect(id).toMatch(/^msg_[a-z]{24}$/);
    expect(timestamp).toBe(String(Math.floor(clock.now() / 1000)));
    expect(signature).toBe(`v1,${createHmac("sha256", key).update(`${id}.${timestamp}.${body}`).digest("base64")}`);
  });

  it("signs nothing without a secret", async () => {
    reply(204);
    await call().outcome;
    expect(received[0]?.headers).not.toHaveProperty("webhook-signature");
  });

  it("gives up when its signal aborts, also between attempts", async () => {
    const controller = new AbortController();
    const reason = new Error("enough");
    answer = () => controller.abort(reason);
    await expect(call({}, { signal: controller.signal }).outcome).rejects.toBe(reason);
    reply(503);
    const waiting = new AbortController();
    const { outcome } = call({ backoff: "1h" }, { signal: waiting.signal });
    while (clock.pendingTimers === 0) await clock.advance(0);
    waiting.abort(reason);
    await expect(outcome).rejects.toBe(reason);
  });

  it("refuses a URL that is none", () => {
    expect(() => new Webhook({ url: "somewhere" })).toThrow(TypeError);
  });
});
