// Prints `N passed, N failed` from Vitest's JSON report, whose path is the argument. A file that fails to load counts as one failure.
import { readFileSync } from "node:fs";

interface Report {
  readonly numPassedTests: number;
  readonly numFailedTests: number;
  readonly testResults: readonly { readonly status: string; readonly assertionResults: readonly unknown[] }[];
}

const report: Report = JSON.parse(readFileSync(process.argv[2] ?? "", "utf8"));
const unloaded = report.testResults.filter(
  ({ status, assertionResults }) => status === "failed" && assertionResults.length === 0,
);
console.log(`${report.numPassedTests} passed, ${report.numFailedTests + unloaded.length} failed`);
