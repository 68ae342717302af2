import type { Scope } from "@llmspell/expressions";
import type { MonitoredPart } from "./monitored-part.ts";
import type { Rates } from "./rates.ts";

/** The sorts of parts that a condition can name, as its variables; the schema lists the same ones. */
export const ALERT_VARIABLES: readonly string[] = [
  ...["source", "bus", "channel", "pipeline", "step"],
  ...["hook_point", "hook", "pool", "agent", "sink"],
];

/**
 * The figures as an alert's condition sees them: for each sort of part a map of names, each with the counters, the
 * part's own further figures, `duration` and `rates`. What came `in` is called `received`, since `in` is a word of CEL.
 */
export function alertScope(parts: readonly MonitoredPart[]): Scope {
  const scope: Record<string, Record<string, unknown>> = {};
  for (const variable of ALERT_VARIABLES) scope[variable] = {};
  for (const { reading, rates } of parts) {
    const { part, name, details, in: received, ...figures } = reading;
    const ofPart = scope[part.replaceAll(" ", "_")];
    if (ofPart !== undefined) ofPart[name] = { ...details, received, ...figures, rates: ratesForCel(rates) };
  }
  return scope;
}

function ratesForCel({ in: received, ...others }: Rates) {
  return { received, ...others };
}
