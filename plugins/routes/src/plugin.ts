import { DynamicRoute, eventRecord, PatternRoute, type RouteMatcher, StaticRoute } from "@llmspell/events";
import { compileCondition } from "@llmspell/expressions";
import type { Plugin } from "@llmspell/kernel";
import { routeErrors } from "./errors.ts";
import type { DynamicRouteOptions, PatternRouteOptions, StaticRouteOptions } from "./generated/options.ts";
import { GlobRoute } from "./glob-route.ts";

const NAME = "@llmspell/plugin-routes";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const routes = kernel.kinds.for("route");
    routes.for("static").tap(NAME, ({ event }: StaticRouteOptions) => new StaticRoute(event));
    routes.for("pattern").tap(NAME, createPatternRoute);
    routes.for("dynamic").tap(NAME, createDynamicRoute);
  },
};

export default plugin;

/** @throws LLMSPELL_E_EVENT_PATTERN, LLMSPELL_E_EVENT_ROUTE_PATTERN */
export function createPatternRoute({ pattern, glob }: Pick<PatternRouteOptions, "pattern" | "glob">): RouteMatcher {
  if (pattern !== undefined && glob === undefined) return new PatternRoute(pattern);
  if (glob !== undefined && pattern === undefined) return new GlobRoute(glob);
  throw routeErrors.LLMSPELL_E_EVENT_ROUTE_PATTERN({ pattern, glob });
}

/** @throws LLMSPELL_E_EXPRESSION */
export function createDynamicRoute({ when }: DynamicRouteOptions): RouteMatcher {
  const condition = compileCondition(when, ["event"]);
  return new DynamicRoute((event) => condition({ event: eventRecord(event) }));
}
