export { type Clock, sleepOn, type Timer } from "./clock.ts";
export { systemClock } from "./system-clock.ts";
