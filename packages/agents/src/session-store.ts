import { untilAborted } from "@llmspell/base";
import type { ModelMessage } from "ai";

/** How much is remembered. */
export interface SessionLimits {
  /** Messages of one session; a question and its answer are two. */
  readonly maxMessages: number;
  readonly maxSessions: number;
}

interface Session {
  messages: readonly ModelMessage[];
  /** Settles when no chat of the session is under way. */
  idle: Promise<unknown>;
  /** Chats under way or waiting for their turn. */
  chats: number;
}

/** One chat of a session, given what was said before. */
type Chat<Result> = (earlier: readonly ModelMessage[]) => Promise<Result>;

/**
 * The conversations of an agent, in memory: bounded in number, least recently used out first (never one that is in use),
 * and in length. Only questions and final answers are kept; what happened between them, tool calls above all, is not.
 */
export class SessionStore {
  readonly #limits: SessionLimits;
  /** In order of use, the most recent last. */
  readonly #sessions = new Map<string, Session>();

  constructor(limits: SessionLimits) {
    this.#limits = limits;
  }

  get size(): number {
    return this.#sessions.size;
  }

  /**
   * Runs a chat after the earlier ones of its session, and remembers it when it succeeds with a text.
   *
   * @throws the signal's reason when it aborts before the chat's turn; what `chat` throws
   */
  async converse<Result extends { readonly text: string }>(
    id: string,
    question: string,
    signal: AbortSignal,
    chat: Chat<Result>,
  ): Promise<Result> {
    const session = this.#use(id);
    const previous = session.idle;
    const done = Promise.withResolvers<void>();
    session.idle = Promise.all([previous, done.promise]);
    session.chats++;
    try {
      await untilAborted(previous, signal);
      const result = await chat(session.messages);
      if (result.text !== "") session.messages = this.#extend(session.messages, question, result.text);
      return result;
    } finally {
      session.chats--;
      done.resolve();
      this.#evict();
    }
  }

  #use(id: string): Session {
    const session = this.#sessions.get(id) ?? { messages: [], idle: Promise.resolve(), chats: 0 };
    this.#sessions.delete(id);
    this.#sessions.set(id, session);
    return session;
  }

  #extend(messages: readonly ModelMessage[], question: string, answer: string): readonly ModelMessage[] {
    const turn: ModelMessage[] = [
      { role: "user", content: question },
      { role: "assistant", content: answer },
    ];
    // Whole turns only: a conversation that begins with an answer is refused by some models.
    const kept = this.#limits.maxMessages - (this.#limits.maxMessages % 2);
    return [...messages, ...turn].slice(-kept);
  }

  #evict(): void {
    for (const [id, session] of this.#sessions) {
      if (this.#sessions.size <= this.#limits.maxSessions) return;
      if (session.chats === 0) this.#sessions.delete(id);
    }
  }
}
