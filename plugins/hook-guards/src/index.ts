export { Cost } from "./cost.ts";
export { guardErrors } from "./errors.ts";
export type { CostOptions, ModelPrice, PromptInjectionOptions, RedactOptions } from "./generated/options.ts";
export { type InjectionScore, type InjectionSignal, injectionSignals, scoreInjection } from "./injection-signals.ts";
export { default } from "./plugin.ts";
export { PromptInjection } from "./prompt-injection.ts";
export { Redact } from "./redact.ts";
