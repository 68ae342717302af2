export { DynamicRoute, PatternRoute, StaticRoute } from "@llmspell/events";
export { routeErrors } from "./errors.ts";
export type { DynamicRouteOptions, PatternRouteOptions, StaticRouteOptions } from "./generated/options.ts";
export { GlobRoute } from "./glob-route.ts";
export { createDynamicRoute, createPatternRoute, default } from "./plugin.ts";
