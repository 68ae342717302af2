import { readFileSync } from "node:fs";
import { VirtualClock } from "@llmspell/testkit";
import fc from "fast-check";
import { describe, expect, it } from "vitest";
import { MemberEjection } from "./member-ejection.ts";

const OPTIONS = { consecutiveFailures: 2, openDuration: "5s", halfOpenCalls: 1 } as const;

function ejectionOf(ids: readonly string[], maxEjectedShare = 0.5, clock = new VirtualClock()) {
  const ejection = new MemberEjection({ ...OPTIONS, maxEjectedShare }, { clock });
  for (const id of ids) ejection.add(id);
  return { ejection, clock };
}

function work(ejection: MemberEjection, id: string, succeeded: boolean): void {
  ejection.record(id, ejection.acquire(id), succeeded);
}

function failTwice(ejection: MemberEjection, ...ids: readonly string[]): void {
  for (const id of ids) for (let time = 0; time < 2; time++) work(ejection, id, false);
}

describe("MemberEjection", () => {
  it("leaves out a member that fails, and no other", () => {
    const { ejection } = ejectionOf(["a", "b", "c", "d"]);
    expect(ejection.isAnyEjected).toBe(false);
    work(ejection, "b", false);
    work(ejection, "c", false);
    work(ejection, "c", true);
    work(ejection, "b", false);
    expect([ejection.isAnyEjected, ejection.ejected, ejection.ejections]).toEqual([true, ["b"], 1]);
    expect(["a", "b", "c", "d"].map((id) => ejection.allows(id))).toEqual([true, false, true, true]);
  });

  it("lets an ejected member try after its time, and takes it back when that succeeds", async () => {
    const { ejection, clock } = ejectionOf(["a", "b"]);
    failTwice(ejection, "a");
    await clock.advance(4999);
    expect(ejection.allows("a")).toBe(false);
    await clock.advance(1);
    expect([ejection.allows("a"), ejection.ejected]).toEqual([true, ["a"]]);
    const trial = ejection.acquire("a");
    expect(ejection.allows("a")).toBe(false);
    ejection.record("a", trial, true);
    expect([ejection.allows("a"), ejection.isAnyEjected]).toEqual([true, false]);
  });

  it("keeps it out when the trial fails, and gives an unused trial to the next", async () => {
    const { ejection, clock } = ejectionOf(["a", "b"]);
    failTwice(ejection, "a");
    await clock.advance(5000);
    ejection.release("a", ejection.acquire("a"));
    expect(ejection.allows("a")).toBe(true);
    work(ejection, "a", false);
    expect([ejection.allows("a"), ejection.ejections]).toEqual([false, 1]);
  });

  it("spares a member that would be one too many, which counts anew", () => {
    const { ejection } = ejectionOf(["a", "b", "c"]);
    failTwice(ejection, "a", "b");
    expect([ejection.ejected, ejection.spared]).toEqual([["a"], 1]);
    work(ejection, "b", false);
    expect(ejection.spared).toBe(1);
    work(ejection, "b", false);
    expect([ejection.allows("b"), ejection.spared]).toEqual([true, 2]);
  });

  it("never ejects the only member", () => {
    const { ejection } = ejectionOf(["only"]);
    failTwice(ejection, "only");
    expect([ejection.allows("only"), ejection.spared]).toEqual([true, 1]);
  });

  it("leaves one, whatever the share", () => {
    const { ejection } = ejectionOf(["a", "b"], 1);
    failTwice(ejection, "a", "b");
    expect(ejection.ejected).toEqual(["a"]);
  });

  it("takes members back, the first ejected first, when others have gone", () => {
    const { ejection } = ejectionOf(["a", "b", "c", "d"]);
    failTwice(ejection, "b", "a");
    ejection.remove("c");
    expect(ejection.ejected).toEqual(["a"]);
    expect(ejection.allows("b")).toBe(true);
    ejection.remove("d");
    expect(ejection.ejected).toEqual(["a"]);
    ejection.remove("b");
    expect(ejection.ejected).toEqual([]);
  });

  it("hears no more of members that have gone, and begins anew with one of the same id", () => {
    const { ejection } = ejectionOf(["a", "b"]);
    const permit = ejection.acquire("a");
    failTwice(ejection, "a");
    ejection.remove("a");
    ejection.record("a", permit, false);
    expect([ejection.allows("a"), ejection.acquire("a"), ejection.isAnyEjected]).toEqual([true, undefined, false]);
    ejection.add("a");
    work(ejection, "a", false);
    expect(ejection.allows("a")).toBe(true);
  });

  it("never ejects more than the share, whoever fails, comes and goes", async () => {
    const step = fc.record({
      does: fc.constantFrom("fail", "fail", "fail", "succeed", "leave", "come", "wait"),
      who: fc.integer({ min: 0, max: 7 }),
    });
    await fc.assert(
      fc.asyncProperty(
        fc.double({ min: 0, max: 1, noNaN: true }),
        fc.array(step, { maxLength: 80 }),
        async (share, steps) => {
          const members = new Set<string>();
          const { ejection, clock } = ejectionOf([], share);
          clock.now = () => time;
          let time = 0;
          for (const { does, who } of steps) {
            const id = `m${who}`;
            if (does === "wait") time += 3000;
            else if (does === "come" && !members.has(id)) {
              members.add(id);
              ejection.add(id);
            } else if (does === "leave") {
              members.delete(id);
              ejection.remove(id);
            } else if (ejection.allows(id)) work(ejection, id, does === "succeed");
            expect(ejection.ejected.length).toBeLessThanOrEqual(
              Math.max(0, Math.min(share * members.size, members.size - 1)),
            );
            const allowed = [...members].filter((member) => ejection.allows(member));
            expect(allowed.length).toBeGreaterThanOrEqual(members.size - ejection.ejected.length);
          }
        },
      ),
      { numRuns: 200 },
    );
  });

  it("takes the options of a circuit breaker, and channels offer them, with the same defaults", () => {
    const read = (path: string) => JSON.parse(readFileSync(new URL(path, import.meta.url), "utf8"));
    const { properties } = read("../schemas/member-ejection.schema.json");
    const { maxEjectedShare, ...breaker } = properties;
    expect(maxEjectedShare.default).toBe(0.5);
    expect(breaker).toEqual(read("../schemas/circuit-breaker.schema.json").properties);
    const events = read("../../events/schemas/events.schema.json");
    expect(events.definitions.ejection.properties).toEqual(properties);
  });
});
