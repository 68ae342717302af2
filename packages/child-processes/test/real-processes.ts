import { readFileSync } from "node:fs";
import { setImmediate } from "node:timers/promises";

/** One turn of the event loop, in which the operating system can tell news: no clock counts them. */
export const turn = (): Promise<void> => setImmediate();

/** Lets the event loop turn until something is so; the test's time limit bounds it. */
export async function untilIsSo(isSo: () => boolean | Promise<boolean>): Promise<void> {
  while (!(await isSo())) await turn();
}

/** Whether a process runs; one that has ended and whose parent has not looked yet (a zombie) does not. */
export function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return process.platform !== "linux" || !/\) [ZX] /.test(readFileSync(`/proc/${pid}/stat`, "utf8"));
  } catch {
    return false;
  }
}
