import picomatch from "picomatch";
import type { GraphedRoute } from "./graphed-config.ts";

/** Whether a route surely takes events of a type; a dynamic one, or one of another plugin, may but cannot be asked. */
export function takesType(route: GraphedRoute, type: string): boolean {
  if (route.use === "static") return route.event === type;
  if (route.use !== "pattern") return false;
  if (route.pattern !== undefined) return new RegExp(route.pattern, "u").test(type);
  return route.glob !== undefined && globTakes(route.glob, type);
}

/** The parts of a type are separated by dots, where globs know slashes: the two change places. */
function globTakes(glob: string, type: string): boolean {
  const toPath = (dotted: string) => dotted.replace(/[./]/g, (separator) => (separator === "." ? "/" : "."));
  return picomatch(toPath(glob), { dot: true, noextglob: true, nonegate: true })(toPath(type));
}

/** What a route asks for, as its label. */
export function describeRoute({ use, event, pattern, glob, when }: GraphedRoute): string {
  const condition = event ?? pattern ?? glob ?? when;
  return condition === undefined ? use : `${use}\n${condition}`;
}
