import { isDeepStrictEqual } from "node:util";
import { hookRetryOptionsDefaults } from "@llmspell/hooks/plan";
import { stringify } from "yaml";
import { type Column, layOutTable } from "../table.ts";
import {
  type ConfiguredHook,
  type ConfiguredPoint,
  inMilliseconds,
  type ShownOptions,
  type ShownUse,
} from "./configured-points.ts";

/** Titles are what YAML calls them, where they stand for one key. */
const COLUMNS: readonly Column[] = [
  { title: "id", align: "left" },
  { title: "use", align: "left" },
  { title: "mode", align: "left" },
  { title: "priority", align: "right" },
  { title: "onError", align: "left" },
  { title: "expected", align: "right" },
  { title: "dependsOn", align: "left" },
];

/**
 * The hooks by point, in plan order, as a table; what only some hooks have stands below their row. The first line has
 * the titles, lines that begin with no space are headings.
 *
 * @param width in characters
 */
export function hookLines(points: readonly ConfiguredPoint[], width: number): readonly string[] {
  const rows = points.flatMap((point) => [
    [headingOf(point)],
    [`  ${durationsOf(point)}`],
    ...point.hooks.flatMap((hook) => [rowOf(hook), ...detailsOf(hook).map((detail) => [`    ${detail}`])]),
  ]);
  return layOutTable(COLUMNS, rows, width);
}

function headingOf({ point, strategy, deadline, onConflict }: ConfiguredPoint): string {
  const settings = [
    `strategy ${inYaml(strategy)}`,
    deadline === null ? "no deadline" : `deadline ${deadline}`,
    `onConflict ${onConflict}`,
  ];
  return `${point}: ${settings.join(", ")}`;
}

/** How long its hooks are expected to take one after the other, and what no strategy can be quicker than. */
function durationsOf({ plan }: ConfiguredPoint): string {
  const { criticalPath, estimatedDuration } = plan;
  if (plan.hooks.length === 0) return "no hooks";
  if (estimatedDuration === 0) return "no awaited hook has an expectedDuration";
  const path = criticalPath.hooks.map(({ id }) => id).join(" → ");
  const [sum, longest] = [estimatedDuration, criticalPath.duration].map(inMilliseconds);
  return `expected ${sum} in all, ${longest} on the critical path: ${path}`;
}

function rowOf(hook: ConfiguredHook): readonly string[] {
  return [
    `  ${hook.id}`,
    hook.use,
    hook.group === null ? hook.mode : `${hook.mode} ${hook.group}`,
    String(hook.priority),
    hook.onError,
    hook.expectedDuration ?? "",
    hook.dependsOn.join(", "),
  ];
}

/** What only some hooks have; bounds of retries where they are not those that all have. */
function detailsOf(hook: ConfiguredHook): readonly string[] {
  const { condition, minDuration, timeout, stream, cache, breaker, retry } = hook;
  const words = [
    ...(hook.required ? ["required"] : []),
    ...(timeout === null ? [] : [`timeout ${timeout}`]),
    ...(minDuration === null ? [] : [`minDuration ${minDuration}`]),
    ...(stream === null ? [] : [`stream ${stream}`]),
  ];
  return [
    ...(words.length === 0 ? [] : [words.join(", ")]),
    ...(condition === null ? [] : [`condition: ${condition}`]),
    ...(cache === null ? [] : [`cache: ${inYaml(cache)}`]),
    ...(breaker === null ? [] : [`breaker: ${inYaml(breaker)}`]),
    ...(retry === null || isDeepStrictEqual(retry, hookRetryOptionsDefaults) ? [] : [`retry: ${inYaml(retry)}`]),
  ];
}

/** A value as YAML has it on one line. */
function inYaml(value: ShownUse | ShownOptions): string {
  if (typeof value === "string") return value;
  return stringify(value, { collectionStyle: "flow", lineWidth: 0, flowCollectionPadding: true }).trim();
}
