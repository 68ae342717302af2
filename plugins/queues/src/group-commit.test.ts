import { VirtualClock } from "@llmspell/testkit";
import { describe, expect, it } from "vitest";
import { GroupCommit } from "./group-commit.ts";
import type { StoredEvent } from "./queue-file.ts";

/** Remembers what was written, or fails. */
class FakeFile {
  readonly written: string[] = [];
  problem: ((added: readonly StoredEvent[]) => boolean) | undefined;

  write(removed: readonly number[], added: readonly StoredEvent[]): void {
    if (this.problem?.(added) === true) throw new Error("disk full");
    this.written.push(`-${removed.join()} +${added.map(({ text }) => text).join()}`);
  }
}

function commitTo(file: FakeFile, size = 3) {
  const clock = new VirtualClock();
  const warnings: unknown[] = [];
  const quiet = () => undefined;
  const warn = (message: string, details: unknown) => void warnings.push([message, details]);
  const log = { debug: quiet, info: quiet, warn, error: quiet };
  const committed = (added: readonly StoredEvent[]) => void file.written.push(`committed ${added.length}`);
  return { clock, warnings, commit: new GroupCommit(file, { size, interval: 0 }, { clock, log, committed }) };
}

describe("GroupCommit", () => {
  it("tells of what is committed before those who wait go on", async () => {
    const file = new FakeFile();
    const { commit } = commitTo(file);
    await commit.add(1, "a").then(() => file.written.push("told"));
    expect(file.written).toEqual(["- +a", "committed 1", "told"]);
  });

  it("writes removals with the next text, when they are many, or after a moment", async () => {
    const file = new FakeFile();
    const { commit, clock } = commitTo(file);
    commit.remove(1);
    await commit.add(5, "a");
    for (const position of [2, 3, 4]) commit.remove(position);
    commit.remove(5);
    await clock.advance(9);
    expect(file.written.filter((line) => line.startsWith("-"))).toEqual(["-1 +a", "-2,3,4 +"]);
    await clock.advance(1);
    expect(file.written.at(-2)).toBe("-5 +");
  });

  it("removes what was handled though a text finds no room, which is told to its emitter", async () => {
    const file = new FakeFile();
    const { commit, warnings } = commitTo(file);
    file.problem = (added) => added.length > 0;
    commit.remove(1);
    await expect(commit.add(2, "a")).rejects.toThrow("disk full");
    await expect(commit.add(3, "b")).rejects.toThrow("disk full");
    expect(file.written).toEqual(["-1 +"]);
    expect(warnings).toEqual([["disk full", { acknowledgementsWaiting: 1 }]]);
    file.problem = undefined;
    await commit.add(4, "c");
    file.problem = () => true;
    await expect(commit.add(5, "d")).rejects.toThrow("disk full");
    expect(warnings).toHaveLength(2);
  });

  it("tries removals again until they are written", async () => {
    const file = new FakeFile();
    const { commit, clock, warnings } = commitTo(file);
    file.problem = () => true;
    commit.remove(1);
    await clock.advance(10);
    commit.remove(2);
    await clock.advance(5000);
    expect(file.written).toEqual([]);
    file.problem = undefined;
    await clock.advance(1000);
    expect(file.written).toEqual(["-1,2 +", "committed 0"]);
    expect(warnings).toHaveLength(1);
    expect(clock.pendingTimers).toBe(0);
  });

  it("leaves nothing to a timer when it is flushed", async () => {
    const file = new FakeFile();
    const { commit, clock } = commitTo(file);
    const storing = commit.add(1, "a");
    commit.remove(9);
    commit.flush();
    await storing;
    commit.flush();
    expect([file.written, clock.pendingTimers]).toEqual([["-9 +a", "committed 1"], 0]);
  });
});
