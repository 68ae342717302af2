import type { HookStrategy } from "./hook-strategy.ts";

/** One step of the plan after the other, in plan order; what a manager uses when it is given no other strategy. */
export const sequentialStrategy: HookStrategy = {
  name: "sequential",
  compile({ steps }) {
    return (execution) => {
      let next = 0;
      const proceed = (): Promise<void> | undefined => {
        while (next < steps.length && !execution.hasEnded) {
          const pending = execution.callStep(steps[next++] ?? []);
          if (pending !== undefined) return pending.then(proceed);
        }
        return undefined;
      };
      return proceed();
    };
  },
};
