/**
 * A configuration in memory as the text of a file: JSON is YAML too, so that both take the same way.
 *
 * @throws TypeError when it is no map, or holds what YAML cannot
 */
export function configText(config: unknown): string {
  if (!isPlainMap(config)) {
    const found = Array.isArray(config) ? "a list" : config === null ? "null" : `a value of type ${typeof config}`;
    throw new TypeError(`A configuration is a plain object; found ${found}.`);
  }
  const refuse = (key: string, value: unknown) => {
    if (typeof value !== "function" && typeof value !== "symbol" && typeof value !== "bigint") return value;
    throw new TypeError(`The configuration's \`${key}\` is a ${typeof value}; it can hold only what YAML can.`);
  };
  return JSON.stringify(config, refuse, 2);
}

function isPlainMap(value: unknown): boolean {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === null || prototype === Object.prototype;
}
