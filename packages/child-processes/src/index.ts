export { childEnvironment } from "./child-environment.ts";
export {
  ChildProcess,
  type ChildProcessDependencies,
  type ChildProcessOptions,
  type ProcessEnd,
} from "./child-process.ts";
export { LineReader, LineTooLongError } from "./line-reader.ts";
