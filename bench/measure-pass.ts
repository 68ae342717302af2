// One pass of one side of one comparison; the figure is the last line printed.
import type { Comparison } from "./comparison.ts";

const [suite, index, side] = process.argv.slice(2);
const { comparisons } = (await import(new URL(`./suites/${suite}.bench.ts`, import.meta.url).href)) as {
  comparisons: Comparison[];
};
const comparison = comparisons[Number(index)];
if (comparison === undefined) throw new Error(`There is no comparison ${index} in ${suite}.`);
console.log(await (side === "ours" ? comparison.ours() : comparison.peer()));
process.exit(0);
