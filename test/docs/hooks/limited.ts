import type { HookStrategy } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

/** Calls hooks in plan order, each when its dependencies have answered, and at most `atOnce` at a time. */
export const limitedStrategy = (atOnce: number): HookStrategy => ({
  name: "limited",
  callsInPlanOrder: true,
  awaitsEach: false,
  needsTime: false,
  compile: ({ hooks }) => {
    return (execution) => {
      const isDone = hooks.map(() => false);
      let next = 0;
      let running = 0;
      const proceed = () => {
        for (let hook = hooks[next]; hook !== undefined && running < atOnce; hook = hooks[next]) {
          if (!hook.dependencies.every((index) => isDone[index])) return;
          next++;
          isDone[hook.index] = execution.call(hook, whenDone, execution.dataAfterDependencies(hook));
          if (!isDone[hook.index]) running++;
        }
        if (next === hooks.length && running === 0) execution.merge(hooks);
      };
      const whenDone = ({ index }: { readonly index: number }) => {
        isDone[index] = true;
        running--;
        proceed();
      };
      proceed();
    };
  },
});

const create: Create<HookStrategy, { readonly atOnce: number }> = ({ atOnce }) => limitedStrategy(atOnce);
export default create;
