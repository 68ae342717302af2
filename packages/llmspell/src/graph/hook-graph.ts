import type { PlannedHook } from "@llmspell/hooks/plan";
import { type ConfiguredHook, type ConfiguredPoint, inMilliseconds } from "../hook-points/configured-points.ts";
import { labelOf } from "./label.ts";
import { NodeIds } from "./node-ids.ts";

export interface DrawnHook {
  readonly id: string;
  /** Lines are separated by a line feed. */
  readonly label: string;
  readonly isCritical: boolean;
  readonly isBackground: boolean;
}

/** Hooks that run at once. */
export interface DrawnGroup {
  readonly id: string;
  readonly label: string;
  readonly hooks: readonly DrawnHook[];
}

/** Hooks that are equally far from those that depend on none. */
export interface DrawnLevel {
  readonly id: string;
  readonly label: string;
  /** Those in no group. */
  readonly hooks: readonly DrawnHook[];
  readonly groups: readonly DrawnGroup[];
}

/** From a hook to one that depends on it. */
export interface DrawnDependency {
  readonly from: string;
  readonly to: string;
  readonly isCritical: boolean;
}

export interface DrawnPoint {
  readonly id: string;
  readonly title: string;
  readonly levels: readonly DrawnLevel[];
  readonly dependencies: readonly DrawnDependency[];
}

/** The plans of hook points as a drawing; points without hooks are left out. */
export function buildHookGraph(points: readonly ConfiguredPoint[]): readonly DrawnPoint[] {
  const ids = new NodeIds();
  return points.filter(({ hooks }) => hooks.length > 0).map((point) => new PointDrawing(point, ids).draw());
}

class PointDrawing {
  readonly #point: ConfiguredPoint;
  readonly #ids: NodeIds;
  /** Positions in the plan; empty where nothing is expected of how long hooks take. */
  readonly #criticalPath: readonly number[];

  constructor(point: ConfiguredPoint, ids: NodeIds) {
    const { hooks, duration } = point.plan.criticalPath;
    this.#point = point;
    this.#ids = ids;
    this.#criticalPath = duration > 0 ? hooks.map(({ index }) => index) : [];
  }

  draw(): DrawnPoint {
    const { point, plan } = this.#point;
    return {
      id: this.#ids.of(`point ${point}`),
      title: titleOf(this.#point),
      levels: plan.levels.map((hooks, level) => this.#level(hooks, level)),
      dependencies: plan.hooks.flatMap((hook) => hook.dependencies.map((index) => this.#dependency(index, hook.index))),
    };
  }

  #level(hooks: readonly PlannedHook[], level: number): DrawnLevel {
    const { point, plan } = this.#point;
    const groups = plan.groups.filter((group) => group.level === level);
    return {
      id: this.#ids.of(`level ${point} ${level}`),
      label: `level ${level}`,
      hooks: hooks.filter(({ mode }) => mode !== "parallel").map((hook) => this.#hook(hook)),
      groups: groups.map(({ name, hooks: members }) => ({
        id: this.#ids.of(`group ${point} ${level} ${name ?? ""}`),
        label: name === undefined ? "at once" : `at once: ${name}`,
        hooks: members.map((hook) => this.#hook(hook)),
      })),
    };
  }

  #hook({ index, mode }: PlannedHook): DrawnHook {
    const configured = this.#point.hooks[index];
    return {
      id: this.#idOf(index),
      label: configured === undefined ? "" : describeHook(configured),
      isCritical: this.#criticalPath.includes(index),
      isBackground: mode === "background",
    };
  }

  #dependency(from: number, to: number): DrawnDependency {
    const place = this.#criticalPath.indexOf(to);
    const isCritical = place > 0 && this.#criticalPath[place - 1] === from;
    return { from: this.#idOf(from), to: this.#idOf(to), isCritical };
  }

  #idOf(index: number): string {
    const { point, plan } = this.#point;
    return this.#ids.of(`hook ${point} ${plan.hooks[index]?.id}`);
  }
}

function titleOf({ point, strategy, deadline, plan }: ConfiguredPoint): string {
  const name = typeof strategy === "string" ? strategy : strategy.use;
  const { estimatedDuration, criticalPath } = plan;
  const durations = `${inMilliseconds(estimatedDuration)} in all, ${inMilliseconds(criticalPath.duration)} on the critical path`;
  return [
    `${point}: strategy ${name}${deadline === null ? "" : `, deadline ${deadline}`}`,
    ...(estimatedDuration === 0 ? [] : [durations]),
  ].join("\n");
}

function describeHook({ id, use, mode, required, expectedDuration, condition }: ConfiguredHook): string {
  const words = [
    ...(mode === "synchronous" || mode === "parallel" ? [] : [mode]),
    ...(required ? ["required"] : []),
    ...(expectedDuration === null ? [] : [expectedDuration]),
  ];
  return labelOf([
    id,
    use === id ? undefined : nameOf(use),
    words.length === 0 ? undefined : words.join(", "),
    condition === null ? undefined : `when ${condition}`,
  ]);
}

/** The name of what is chosen; of a module of the user's own, the file's name. */
function nameOf(use: string): string {
  return use.startsWith(".") ? use.slice(use.lastIndexOf("/") + 1) : use;
}
