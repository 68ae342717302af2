import { readFileSync } from "node:fs";
import { join } from "node:path";
import { describeScalingPolicy } from "@llmspell/testkit/conformance/scaling-policy";
import { describe, expect, it } from "vitest";
import { llmspell } from "../cli/llmspell.ts";
import { ReservePolicy } from "./tools/reserve.ts";

const EXAMPLE = join(import.meta.dirname, "tools");
const page = readFileSync(join(import.meta.dirname, "../../docs/tools.md"), "utf8");

describe("the page on tools", () => {
  it("shows the policy that is run here", () => {
    expect(page).toContain(`\`\`\`ts\n${readFileSync(join(EXAMPLE, "reserve.ts"), "utf8")}\`\`\``);
  });

  it("names a policy of one's own as the simulator takes it", async () => {
    const policy = "{ use: ./reserve.ts, share: 0.25 }";
    expect(page).toContain(policy);
    const { stdout, code } = await llmspell(
      ["simulate", "tools", "--synthetic", "steady", "--policy", policy, "-c", "config.yaml"],
      { cwd: EXAMPLE },
    );
    expect(stdout).toContain(policy);
    expect(code).toBe(0);
  });
});

describeScalingPolicy("the reserve of the page on tools", () => new ReservePolicy(0.25));
