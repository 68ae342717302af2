import { type ToolPoolSection, toolPoolSectionDefaults } from "./generated/options.ts";

/** How large a pool may grow that does not say; a minimum above it means a pool of that size, not a contradiction. */
const DEFAULT_MAX = 4;

/** Between how many instances a pool has, by what its section says. */
export function sizeBoundsOf(size: ToolPoolSection["size"] = {}): { readonly min: number; readonly max: number } {
  const { min = toolPoolSectionDefaults.size.min, max } = size;
  return { min, max: max ?? Math.max(min, DEFAULT_MAX) };
}
