import { seededRandom } from "@llmspell/base";

/** Does nothing. */
export type NoOp = (context: unknown) => undefined;

/** What V8 inlines is smaller than 460 bytes of bytecode; this many statements make some 700. */
const STATEMENTS = 60;

/**
 * Handlers that do nothing and are too large to inline, each a function of its own: real handlers are neither alike nor
 * small, and what is copied into its caller would measure nothing.
 */
export function largeNoOps(count: number): readonly NoOp[] {
  return Array.from({ length: count }, (_, index) => {
    const body = Array.from({ length: STATEMENTS }, (_, place) => `context.a${place} = context.b${place + index};`);
    return new Function("context", `if (context === undefined) { ${body.join("\n")} }`) as NoOp;
  });
}

/** Handlers that answer later, with nothing. */
export function asyncNoOps(count: number): readonly (() => Promise<undefined>)[] {
  return Array.from({ length: count }, () => async () => undefined);
}

/** Of `count` hooks the positions that each depends on: up to three of those before it, by a fixed seed. */
export function randomGraph(count: number): readonly (readonly number[])[] {
  const random = seededRandom(7);
  return Array.from({ length: count }, (_, place) => {
    const links = Array.from({ length: Math.floor(random() * 4) }, () => Math.floor(random() * place));
    return place === 0 ? [] : [...new Set(links)];
  });
}

/** A conversation of 20 KB, as hooks around a language model get it. */
export function conversation(): Record<string, unknown> {
  const text = "The build fails on the second run, and only where the cache of the first one was restored. ";
  const messages = Array.from({ length: 48 }, (_, turn) => ({
    id: `message-${turn}`,
    role: turn % 2 === 0 ? "user" : "assistant",
    content: [{ type: "text", text: `${turn}: ${text.repeat(3)}` }],
    usage: { input: turn * 17, output: turn * 5 },
  }));
  return { model: "large", temperature: 0.2, messages, repo: { owner: "llmspell", name: "llmspell", stars: 3 } };
}
