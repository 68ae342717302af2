import type { Scope } from "@llmspell/expressions";
import type { MonitoredPart } from "./monitored-part.ts";
import type { Rates } from "./rates.ts";

/**
 * What a condition can name, as its variables: `part`, with every sort of part that gives readings, and for short the
 * sorts that llmspell has itself. The schema lists the same ones.
 */
export const ALERT_VARIABLES: readonly string[] = [
  "part",
  ...["source", "bus", "channel", "pipeline", "step"],
  ...["hook_point", "hook", "pool", "agent", "sink"],
];

/**
 * The figures as an alert's condition sees them, under `part` and for short without it: for each sort of part a map of names, each with the counters, the
 * part's own further figures, `duration` and `rates`. What came `in` is called `received`, since `in` is a word of CEL.
 */
export function alertScope(parts: readonly MonitoredPart[]): Scope {
  const byPart: Record<string, Record<string, unknown>> = {};
  for (const variable of ALERT_VARIABLES) if (variable !== "part") byPart[variable] = {};
  for (const { reading, rates } of parts) {
    const { part, name, details, in: received, ...figures } = reading;
    const sort = part.replaceAll(" ", "_");
    const ofPart = byPart[sort] ?? {};
    byPart[sort] = ofPart;
    ofPart[name] = { ...details, received, ...figures, rates: ratesForCel(rates) };
  }
  return { ...byPart, part: byPart };
}

function ratesForCel({ in: received, ...others }: Rates) {
  return { received, ...others };
}
