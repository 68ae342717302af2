import type { Reading } from "@llmspell/base";
import { formatCount, formatDuration } from "./figures.ts";
import { type Column, layOutTable } from "./table.ts";

/** The counters of all parts of one sort together, and how many that came in nothing accounts for. */
export interface Account {
  readonly part: string;
  readonly in: number;
  readonly out: number;
  readonly shed: number;
  readonly failed: number;
  readonly pending: number;
  /** How many of the pending are stored where the next run finds them. */
  readonly kept: number;
  readonly unaccounted: number;
}

/** The parts that carry events: nothing may go missing in them. In the order in which an event passes them. */
const EVENT_PARTS: readonly string[] = ["source", "bus", "channel", "pipeline", "sink"];
/** The order in which the table shows the sorts of parts; others follow as they come. */
const PART_ORDER: readonly string[] = [
  ...["source", "bus", "channel", "pipeline", "step"],
  ...["hook point", "hook", "pool", "agent", "sink"],
];

const COUNTERS = ["in", "out", "shed", "failed", "pending"] as const;
type Counter = (typeof COUNTERS)[number];

/** @param kept whether anything is kept for the next run, which is worth a column then */
function columnsOf(kept: boolean): readonly Column[] {
  const titles = [...COUNTERS, ...(kept ? ["kept"] : []), "p50", "p99"];
  return [{ title: "", align: "left" }, ...titles.map((title) => ({ title, align: "right" }) as const)];
}

/** The readings by sort of part, sorts and names in the order of the table. */
export function groupReadings(readings: readonly Reading[]): ReadonlyMap<string, readonly Reading[]> {
  const groups = Map.groupBy(readings, ({ part }) => part);
  const rank = (part: string) => (PART_ORDER.includes(part) ? PART_ORDER.indexOf(part) : PART_ORDER.length);
  return new Map([...groups].sort(([left], [right]) => rank(left) - rank(right)));
}

/** The lines of the table that ends a run: titles, then for each sort of part a heading and its parts. */
export function summaryLines(readings: readonly Reading[]): string[] {
  const showsKept = readings.some((reading) => keptOf(reading) > 0);
  const rowOf = (reading: Reading) => cellsOf(reading, showsKept);
  const rows = [...groupReadings(readings)].flatMap(([part, members]) => [[part], ...members.map(rowOf)]);
  return layOutTable(columnsOf(showsKept), rows);
}

/** How the events add up in every part that carries events; a sort of part that the run does not have is left out. */
export function accountsOf(readings: readonly Reading[]): Account[] {
  const groups = Map.groupBy(readings, ({ part }) => part);
  return EVENT_PARTS.flatMap((part) => {
    const members = groups.get(part);
    if (members === undefined) return [];
    const total = (counter: Counter) => members.reduce((sum, reading) => sum + reading[counter], 0);
    // By member, so that one that counts an event twice does not hide one that lost it.
    const unaccounted = members.reduce((sum, reading) => sum + Math.abs(unaccountedIn(reading)), 0);
    const [shed, failed, pending] = [total("shed"), total("failed"), total("pending")];
    const kept = members.reduce((sum, reading) => sum + keptOf(reading), 0);
    return [{ part, in: total("in"), out: total("out"), shed, failed, pending, kept, unaccounted }];
  });
}

/** The sum over what came in: over the sources, or over the bus when events came only from elsewhere. */
export function sumLine(accounts: readonly Account[]): string | undefined {
  const [account] = accounts;
  if (account === undefined) return undefined;
  const { in: came, out, shed, failed, pending } = account;
  const accounted = out + shed + failed + pending;
  const detail = `${formatCount(out)} out, ${formatCount(shed)} shed, ${formatCount(failed)} failed`;
  const waiting = pending === 0 ? "" : `, ${formatCount(pending)} pending`;
  const sign = came === accounted ? "=" : "≠";
  return `events in ${formatCount(came)} ${sign} ${formatCount(accounted)} accounted for: ${detail}${waiting}`;
}

/** The parts in which events went missing, as a reader would say it; empty when everything adds up. */
export function unbalancedParts(readings: readonly Reading[]): string[] {
  return readings
    .filter((reading) => EVENT_PARTS.includes(reading.part) && unaccountedIn(reading) !== 0)
    .map((reading) => {
      const { part, name, in: came } = reading;
      return `${part} ${name}: ${formatCount(came)} in, ${formatCount(came - unaccountedIn(reading))} accounted for`;
    });
}

/**
 * The sum over the channels: each event is delivered once for every channel that a route leads it to. `undefined`
 * where there is no channel.
 */
export function deliveryLine(accounts: readonly Account[]): string | undefined {
  const account = accounts.find(({ part }) => part === "channel");
  if (account === undefined) return undefined;
  const { in: came, out, shed, failed, pending, kept, unaccounted } = account;
  const counts = [`${formatCount(out)} delivered`, `${formatCount(failed)} failed`, `${formatCount(shed)} shed`];
  const left = [`${formatCount(pending - kept)} pending`, ...(kept > 0 ? [`${formatCount(kept)} kept`] : [])];
  const sign = unaccounted === 0 ? "=" : "≠";
  return `deliveries ${formatCount(came)} ${sign} ${[...counts, ...left].join(" + ")}`;
}

/** A part, and how many of its events something became of. */
export interface PartCount {
  readonly part: string;
  readonly name: string;
  readonly count: number;
}

/** Where events failed for good: the sources and channels that passed them on to no dead-letter channel. */
export function lostEvents(readings: readonly Reading[]): PartCount[] {
  const lost = readings.filter(({ part }) => part === "source" || part === "channel");
  return countsOf(lost, ({ failed, details }) => failed - (details?.["deadLettered"] ?? 0));
}

/** The channels that passed failed events on to a dead-letter channel. */
export function deadLetteredEvents(readings: readonly Reading[]): PartCount[] {
  const channels = readings.filter(({ part }) => part === "channel");
  return countsOf(channels, ({ details }) => details?.["deadLettered"] ?? 0);
}

/** Where events were still under way at the end, and nothing keeps them for the next run. */
export function leftEvents(readings: readonly Reading[]): PartCount[] {
  const carrying = readings.filter(({ part }) => EVENT_PARTS.includes(part));
  return countsOf(carrying, (reading) => reading.pending - keptOf(reading));
}

function countsOf(readings: readonly Reading[], count: (reading: Reading) => number): PartCount[] {
  return readings
    .map((reading) => ({ part: reading.part, name: reading.name, count: count(reading) }))
    .filter((found) => found.count > 0);
}

function unaccountedIn({ in: came, out, shed, failed, pending }: Reading): number {
  return came - out - shed - failed - pending;
}

function keptOf({ details }: Reading): number {
  return details?.["kept"] ?? 0;
}

/** What is kept for the next run is nothing that this one still has to do, so it stands apart from what is pending. */
function cellsOf(reading: Reading, showsKept: boolean): string[] {
  const { name, duration, pending } = reading;
  const kept = keptOf(reading);
  const hasTimes = duration !== undefined && duration.count > 0;
  const times = hasTimes ? [duration.p50, duration.p99].map(formatDuration) : ["-", "-"];
  const counts = COUNTERS.map((counter) => (counter === "pending" ? pending - kept : reading[counter]));
  return [`  ${name}`, ...[...counts, ...(showsKept ? [kept] : [])].map(formatCount), ...times];
}
