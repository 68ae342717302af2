import { AsyncSeriesHook, SyncHook, SyncWaterfallHook } from "tapable";
import type { ErrorOrigin, KernelHooks } from "../plugins/plugin.ts";
import { guardTaps, reverseTaps } from "./tap-guard.ts";

/** The kernel's hooks, each tap guarded; `drain` and `stop` run in reverse order. */
export function createKernelHooks(): KernelHooks {
  const hooks: KernelHooks = {
    config: new SyncWaterfallHook(["config"]),
    schema: new SyncWaterfallHook(["schema"]),
    assemble: new AsyncSeriesHook([]),
    start: new AsyncSeriesHook([]),
    ready: new AsyncSeriesHook([]),
    reload: new AsyncSeriesHook(["change"]),
    drain: new AsyncSeriesHook([]),
    stop: new AsyncSeriesHook([]),
    error: new SyncHook(["error", "origin"]),
    collect: new SyncHook(["readings"]),
  };
  const { error, ...guardable } = hooks;
  const report = (failure: Error, origin: ErrorOrigin) => error.call(failure, origin);
  for (const [name, hook] of Object.entries(guardable)) guardTaps(hook, name, report);
  reverseTaps(hooks.drain);
  reverseTaps(hooks.stop);
  return hooks;
}
