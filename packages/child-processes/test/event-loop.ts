import { setImmediate } from "node:timers/promises";

/** One turn of the event loop, in which the operating system can tell news: no clock counts them. */
export const turn = (): Promise<void> => setImmediate();

/** Lets the event loop turn until something is so; the test's time limit bounds it. */
export async function untilIsSo(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await turn();
}
