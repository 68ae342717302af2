import { AsyncSeriesHook, SyncHook, SyncWaterfallHook } from "tapable";
import type { ErrorOrigin, KernelHooks } from "../plugins/plugin.ts";
import { guardTaps, reverseTaps } from "./tap-guard.ts";

/**
 * The kernel's hooks, each tap guarded; `drain` and `stop` run in reverse order.
 *
 * @param collect takes what fails in `drain` and `stop`: one part that fails must not keep the others from their end
 */
export function createKernelHooks(collect: { drain(failure: Error): void; stop(failure: Error): void }): KernelHooks {
  const hooks: KernelHooks = {
    config: new SyncWaterfallHook(["config"]),
    schema: new SyncWaterfallHook(["schema"]),
    assemble: new AsyncSeriesHook([]),
    start: new AsyncSeriesHook([]),
    ready: new AsyncSeriesHook([]),
    reload: new AsyncSeriesHook(["change"]),
    drain: new AsyncSeriesHook(["drain"]),
    stop: new AsyncSeriesHook([]),
    error: new SyncHook(["error", "origin"]),
    collect: new SyncHook(["readings"]),
  };
  const { error, drain, stop, ...guardable } = hooks;
  const report = (failure: Error, origin: ErrorOrigin) => error.call(failure, origin);
  for (const [name, hook] of Object.entries(guardable)) guardTaps(hook, name, report);
  guardTaps(drain, "drain", report, collect.drain);
  guardTaps(stop, "stop", report, collect.stop);
  reverseTaps(drain);
  reverseTaps(stop);
  return hooks;
}
