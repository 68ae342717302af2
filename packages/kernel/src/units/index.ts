export { type Bytes, parseBytes } from "./bytes.ts";
export { type Duration, parseDuration } from "./duration.ts";
export { parseRate, type Rate } from "./rate.ts";
