/** A module in the directory of another: TypeScript where that runs from its sources, JavaScript where it was built. */
export function moduleBeside(url: string, name: string): URL {
  return new URL(`./${name}.${url.endsWith(".ts") ? "ts" : "js"}`, url);
}
