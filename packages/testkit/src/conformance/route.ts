import type { BusEvent, RouteMatcher } from "@llmspell/events";
import { describe, expect, it } from "vitest";

/** Events that take the route, and events that do not. */
export interface RouteSamples {
  readonly taken: readonly Partial<BusEvent>[];
  readonly left: readonly Partial<BusEvent>[];
}

/** The contract of kind `route`, as tests: every implementation passes it. */
export function describeRoute(name: string, create: () => RouteMatcher, { taken, left }: RouteSamples): void {
  describe(`route ${name}`, () => {
    it.each(taken.map((sample) => [sample]))("takes %j", (sample) => {
      expect(isTaken(create(), testEvent(sample))).toBe(true);
    });

    it.each(left.map((sample) => [sample]))("leaves %j", (sample) => {
      expect(isTaken(create(), testEvent(sample))).toBe(false);
    });

    it("answers the same about a type each time, in any order", () => {
      const route = create();
      const events = [...taken, ...left, ...taken].map(testEvent);
      const first = events.map((event) => route.matchesType?.(event.type));
      const second = events.toReversed().map((event) => route.matchesType?.(event.type));
      expect(second.toReversed()).toEqual(first);
    });

    it("leaves the event as it is", () => {
      const event = testEvent(taken[0] ?? {});
      const before = structuredClone(event);
      isTaken(create(), event);
      expect(event).toEqual(before);
    });
  });
}

/** As the bus asks: about the type first; a condition that throws means no. */
function isTaken(route: RouteMatcher, event: BusEvent): boolean {
  if (route.type !== undefined && route.type !== event.type) return false;
  if (route.matchesType?.(event.type) === false) return false;
  try {
    return route.matches?.(event) ?? true;
  } catch {
    return false;
  }
}

function testEvent(sample: Partial<BusEvent>): BusEvent {
  const text = { id: "1", type: "test.happened", source: "test", subject: undefined, key: undefined };
  return { ...text, time: 1000, data: {}, sequence: 1, emittedAt: 2000, deadLetter: undefined, ...sample };
}
