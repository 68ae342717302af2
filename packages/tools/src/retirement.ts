/** Why instances go. */
export type RetirementReason =
  | "uses"
  | "lifetime"
  | "idle"
  | "health"
  | "broken"
  | "lease"
  | "memory"
  | "scaling"
  | "stop";

/** How many instances of a pool have gone, by reason. */
export function noRetirements(): Record<RetirementReason, number> {
  return { uses: 0, lifetime: 0, idle: 0, health: 0, broken: 0, lease: 0, memory: 0, scaling: 0, stop: 0 };
}
