import { isLlmspellError, messageOf } from "@llmspell/base";
import type { SyncHook } from "tapable";
import type { ErrorOrigin } from "../plugins/plugin.ts";
import { kernelErrors } from "./kernel-errors.ts";

type Report = (error: Error, origin: ErrorOrigin) => void;
type Tapped = (...args: readonly unknown[]) => unknown;

type Register = NonNullable<Parameters<SyncHook<[]>["intercept"]>[0]["register"]>;

/** The part of a tapable hook that taps are guarded through. */
interface Interceptable {
  intercept(interceptor: { readonly register: Register }): void;
}

/** Wraps what is tapped into a hook, so that a failure is reported with the plugin's and the hook's name. */
export function guardTaps(hook: Interceptable, hookName: string, report: Report): void {
  hook.intercept({
    register: (tap) => ({ ...tap, fn: guarded(tap.fn as Tapped, { plugin: tap.name, hook: hookName }, report) }),
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

function guarded(fn: Tapped, origin: ErrorOrigin, report: Report): Tapped {
  const fail = (thrown: unknown): never => {
    const error = pluginFailure(thrown, origin);
    report(error, origin);
    throw error;
  };
  return (...args) => {
    try {
      const result = fn(...args);
      return result instanceof Promise ? result.catch(fail) : result;
    } catch (thrown) {
      return fail(thrown);
    }
  };
}
