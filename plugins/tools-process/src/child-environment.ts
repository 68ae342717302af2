/** What programs need of their surroundings to run at all, and that holds no secrets; Windows' names below. */
const INHERITED = [
  ...["PATH", "HOME", "USER", "LOGNAME", "SHELL", "TERM", "LANG", "LC_ALL", "LC_CTYPE", "TZ", "TMPDIR"],
  ...["Path", "PATHEXT", "SystemRoot", "SystemDrive", "COMSPEC", "TEMP", "TMP"],
  ...["USERNAME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "ProgramFiles", "PROGRAMDATA"],
];

/**
 * The environment of a child process: what it is given, and the few variables of ours without which programs do not run. A
 * tool must not see the keys that llmspell itself was given.
 */
export function childEnvironment(
  given: Readonly<Record<string, string>>,
  ours: Readonly<Record<string, string | undefined>>,
): Record<string, string> {
  const environment: Record<string, string> = {};
  for (const name of INHERITED) {
    const value = ours[name];
    if (value !== undefined) environment[name] = value;
  }
  return Object.assign(environment, given);
}
