/** What programs need of their surroundings to run at all, and that holds no secrets. */
const INHERITED = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"],
];
/** The same on Windows, where the case of a name does not matter. */
const INHERITED_ON_WINDOWS = [
  ...["PATH", "PATHEXT", "SYSTEMROOT", "SYSTEMDRIVE", "COMSPEC", "TEMP", "TMP", "TZ", "LANG", "PROCESSOR_ARCHITECTURE"],
  ...["USERNAME", "USERPROFILE", "HOME", "HOMEDRIVE", "HOMEPATH", "APPDATA", "LOCALAPPDATA"],
  ...["PROGRAMDATA", "PROGRAMFILES"],
];

/**
 * The environment of a child process: what it is given, and the few variables of ours without which programs do not run. It
 * must not see the keys and passwords that llmspell itself was given.
 *
 * @param given wins over what is inherited; on Windows in any case of its names
 */
export function childEnvironment(
  given: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string | undefined>> = process.env,
  platform: NodeJS.Platform = process.platform,
): Record<string, string> {
  const isWindows = platform === "win32";
  const environment: Record<string, string> = {};
  // Of two names that differ by case, Windows would take one of its own choice.
  const taken = new Set(isWindows ? Object.keys(given).map((name) => name.toUpperCase()) : []);
  for (const name of isWindows ? INHERITED_ON_WINDOWS : INHERITED) {
    const value = ours[name];
    // A value that begins so is a function that an old shell exported, and that another would run.
    if (value !== undefined && !value.startsWith("()") && !taken.has(name)) environment[name] = value;
  }
  return Object.assign(environment, given);
}
