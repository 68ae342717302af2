import type { HookStrategy } from "./hook-strategy.ts";

/** One step of the plan after the other, in plan order; what a manager uses when it is given no other strategy. */
export const sequentialStrategy: HookStrategy = {
  name: "sequential",
  callsInPlanOrder: true,
  awaitsEach: true,
  needsTime: false,
  compile({ steps }) {
    return (execution) => {
      let next = 0;
      const proceed = () => {
        while (next < steps.length && execution.callStep(steps[next++] ?? [], proceed));
      };
      proceed();
    };
  },
};
