/** What the process's exit code says, so that a script can tell the failures apart. */
export const EXIT = {
  fine: 0,
  runFailed: 1,
  usage: 2,
  /** EX_CONFIG of sysexits.h. */
  configInvalid: 78,
} as const;
