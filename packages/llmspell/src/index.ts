export { commandErrors } from "./errors.ts";
export { createRuntime, Runtime, type RuntimeOptions } from "./runtime.ts";
