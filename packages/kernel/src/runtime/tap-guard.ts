import { isLlmspellError, messageOf } from "@llmspell/base";
import type { SyncHook } from "tapable";
import type { ErrorOrigin } from "../plugins/plugin.ts";
import { kernelErrors } from "./kernel-errors.ts";

type Report = (error: Error, origin: ErrorOrigin) => void;
type Collect = (error: Error) => void;
type Tapped = (...args: readonly unknown[]) => unknown;
type Fail = (thrown: unknown) => void;

type Register = NonNullable<Parameters<SyncHook<[]>["intercept"]>[0]["register"]>;

/** The part of a tapable hook that taps are guarded through. */
interface Interceptable {
  intercept(interceptor: { readonly register: Register }): void;
}

/**
 * Wraps what is tapped into a hook, so that a failure is reported with the plugin's and the hook's name.
 *
 * @param collect takes the failure, so that the taps after it still run; without it, the failure is thrown
 */
export function guardTaps(hook: Interceptable, hookName: string, report: Report, collect?: Collect): void {
  hook.intercept({
    register: (tap) => {
      const origin = { plugin: tap.name, hook: hookName };
      const fail = (thrown: unknown) => {
        const error = pluginFailure(thrown, origin);
        report(error, origin);
        if (collect === undefined) throw error;
        collect(error);
      };
      const guard = tap.type === "async" ? guardedCallback : guarded;
      return { ...tap, fn: guard(tap.fn as Tapped, fail) };
    },
  });
}

/** Makes a hook call its taps in reverse order: what was tapped last goes first. */
export function reverseTaps(hook: Interceptable): void {
  let count = 0;
  hook.intercept({ register: (tap) => ({ ...tap, stage: --count }) });
}

/** The error of a plugin, named; one that is already named stays as it is. */
export function pluginFailure(thrown: unknown, { plugin, hook }: ErrorOrigin): Error {
  if (isLlmspellError(thrown, "LLMSPELL_E_PLUGIN_FAILED")) return thrown;
  const hint = isLlmspellError(thrown) ? thrown.hint : undefined;
  const details = { plugin, hook, problem: messageOf(thrown), hint };
  return kernelErrors.LLMSPELL_E_PLUGIN_FAILED(details, { cause: thrown });
}

function guarded(fn: Tapped, fail: Fail): Tapped {
  return (...args) => {
    try {
      const result = fn(...args);
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (thrown) {
      return fail(thrown);
    }
  };
}

/** For `tapAsync`, which tells its outcome to a callback, its last argument. */
function guardedCallback(fn: Tapped, fail: Fail): Tapped {
  return (...args) => {
    const done = args.at(-1) as (error?: unknown, result?: unknown) => void;
    const settle = (error?: unknown, result?: unknown) => {
      if (error === undefined || error === null) return done(undefined, result);
      try {
        fail(error);
      } catch (named) {
        return done(named);
      }
      done();
    };
    try {
      fn(...args.slice(0, -1), settle);
    } catch (thrown) {
      settle(thrown);
    }
  };
}
