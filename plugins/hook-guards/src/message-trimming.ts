import { type HookData, isPlainObject } from "@llmspell/hooks";
import { stringsIn } from "./data-strings.ts";
import type { Tokenizer } from "./tokenizer.ts";

/** Messages that fit, and what that took. */
export interface TrimmedMessages {
  readonly messages: readonly unknown[];
  readonly dropped: number;
  readonly cut: number;
}

/** Messages that must stay or go together: a message, and the results of the tools that it calls. */
interface Turn {
  readonly messages: readonly unknown[];
  /** Of the first of them. */
  readonly role: unknown;
  readonly tokens: number;
  readonly mayGo: boolean;
}

/** The tokens in a message's content; its role, and the types of its parts, are not counted. */
export function tokensOf(message: unknown, tokenizer: Tokenizer): number {
  if (!isPlainObject(message)) return sum([...stringsIn(message)], (text) => tokenizer.count(text));
  const { content } = message;
  const parts: readonly unknown[] = Array.isArray(content) ? content : [content];
  return sum(parts, (part) => {
    const { type: _, ...rest } = isPlainObject(part) ? part : { type: undefined, part };
    return sum([...stringsIn(rest)], (text) => tokenizer.count(text));
  });
}

/**
 * Drops the oldest turns, answers with their questions, then cuts texts, until no more than `limit` tokens are left. System messages, the last question
 * of the user and the last turn are never dropped, and system messages and the arguments of tool calls never cut.
 *
 * @returns `undefined` when that is not enough
 */
export function trimMessages(
  messages: readonly unknown[],
  limit: number,
  tokenizer: Tokenizer,
): TrimmedMessages | undefined {
  const turns = turnsOf(messages, tokenizer);
  const kept = keepNewest(turns, limit);
  const tokens = sum(kept, (turn) => turn.tokens);
  const left = kept.flatMap((turn) => turn.messages);
  const dropped = messages.length - left.length;
  if (tokens <= limit) return { messages: left, dropped, cut: 0 };
  const shortened = cutMessages(left, tokens - limit, tokenizer);
  return shortened === undefined ? undefined : { ...shortened, dropped };
}

/** Where the question at the beginning goes its answer goes too: a conversation must not begin with an answer. */
function keepNewest(turns: readonly Turn[], limit: number): readonly Turn[] {
  let tokens = sum(turns, (turn) => turn.tokens);
  let isAtBeginning = true;
  let hasDropped = false;
  return turns.filter(({ role, tokens: own, mayGo }) => {
    const isLooseAnswer = isAtBeginning && hasDropped && role === "assistant";
    if (mayGo && (tokens > limit || isLooseAnswer)) {
      tokens -= own;
      hasDropped = true;
      return false;
    }
    isAtBeginning &&= isOperators(role);
    return true;
  });
}

function turnsOf(messages: readonly unknown[], tokenizer: Tokenizer): readonly Turn[] {
  const groups: unknown[][] = [];
  for (const message of messages) {
    const group = groups.at(-1);
    if (roleOf(message) === "tool" && group !== undefined) group.push(message);
    else groups.push([message]);
  }
  const lastQuestion = groups.findLastIndex(([first]) => roleOf(first) === "user");
  return groups.map((group, index) => ({
    messages: group,
    role: roleOf(group[0]),
    tokens: sum(group, (message) => tokensOf(message, tokenizer)),
    mayGo: !isOperators(roleOf(group[0])) && index !== lastQuestion && index !== groups.length - 1,
  }));
}

/** Takes `excess` tokens away, from the end of the last text on backwards. */
function cutMessages(
  messages: readonly unknown[],
  excess: number,
  tokenizer: Tokenizer,
): Omit<TrimmedMessages, "dropped"> | undefined {
  let left = excess;
  let cut = 0;
  const shorten = (text: string): string => {
    if (left <= 0) return text;
    const tokens = tokenizer.count(text);
    if (tokens === 0) return text;
    const shorter = tokenizer.cut(text, Math.max(0, tokens - left));
    left -= tokens - tokenizer.count(shorter);
    cut++;
    return shorter;
  };
  const shortened = messages
    .toReversed()
    .map((message) => (isOperators(roleOf(message)) ? message : mapTexts(message, shorten)));
  return left > 0 ? undefined : { messages: shortened.toReversed(), cut };
}

/** The message with its texts rewritten, the last first: a text, the text of a part, or what a tool has answered with. */
function mapTexts(message: unknown, rewrite: (text: string) => string): unknown {
  if (!isPlainObject(message)) return message;
  const { content } = message;
  if (typeof content === "string") return { ...message, content: rewrite(content) };
  if (!Array.isArray(content)) return message;
  const parts: readonly unknown[] = content;
  const rewritten = parts.toReversed().map((part) => (isPlainObject(part) ? mapPart(part, rewrite) : part));
  return { ...message, content: rewritten.toReversed() };
}

function mapPart(part: HookData, rewrite: (text: string) => string): HookData {
  const { text, output } = part;
  if (typeof text === "string") return { ...part, text: rewrite(text) };
  if (!isPlainObject(output) || typeof output["value"] !== "string") return part;
  return { ...part, output: { ...output, value: rewrite(output["value"]) } };
}

function isOperators(role: unknown): boolean {
  return role === "system" || role === "developer";
}

function roleOf(message: unknown): unknown {
  return isPlainObject(message) ? message["role"] : undefined;
}

function sum<Item>(items: readonly Item[], measure: (item: Item) => number): number {
  return items.reduce((total, item) => total + measure(item), 0);
}
