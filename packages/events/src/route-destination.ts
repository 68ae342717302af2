import type { Use } from "@llmspell/kernel";
import { eventErrors } from "./errors.ts";
import { PRIORITIES } from "./priority.ts";
import type { Route } from "./route.ts";

/** Where a route's events go. */
export type RouteDestination = Omit<Route, "matcher">;

/**
 * The destination in a route of the section's list, where it stands beside the options of the route itself.
 *
 * @param owner the route, for messages: `route 3`
 * @throws LLMSPELL_E_EVENT_ROUTE
 */
export function destinationOf(use: Use, owner: string): RouteDestination {
  if (typeof use === "string") throw eventErrors.LLMSPELL_E_EVENT_ROUTE({ problem: `${owner} is only a name` });
  const { channel, priority } = use;
  if (typeof channel !== "string") throw eventErrors.LLMSPELL_E_EVENT_ROUTE({ problem: `${owner} has no channel` });
  const known = PRIORITIES.find((candidate) => candidate === priority);
  if (priority !== undefined && known === undefined) {
    throw eventErrors.LLMSPELL_E_EVENT_ROUTE({ problem: `${owner} has the unknown priority ${String(priority)}` });
  }
  return { channel, priority: known };
}
