import { expect, it } from "vitest";
import { MemberStates } from "./member-states.ts";

it("remembers each member that is looked up now and then, and forgets those that have gone", () => {
  let created = 0;
  const states = new MemberStates((id) => ({ id, number: ++created }));
  const staying = states.of("stays");
  const gone = states.of("goes");
  for (let round = 0; round < 5; round++) {
    for (let member = 0; member < 1000; member++) states.of(`m${round}-${member}`);
    expect(states.of("stays")).toBe(staying);
  }
  expect(created).toBe(5002);
  expect(states.of("goes")).not.toBe(gone);
});
