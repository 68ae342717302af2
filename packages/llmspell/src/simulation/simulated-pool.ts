import { extname } from "node:path";
import { fileURLToPath } from "node:url";
import { type Duration, messageOf } from "@llmspell/base";
import type { ConfigInput } from "@llmspell/config";
import { type CheckedConfig, checkConfig, Kernel, type Use } from "@llmspell/kernel";
import type { Candidate, SimulatedPool } from "@llmspell/simulation";
import { sizeBoundsOf } from "@llmspell/tools";
import { parse } from "yaml";
import type { CommandContext } from "../command-context.ts";
import { commandErrors } from "../errors.ts";
import { inputOrStandard } from "../standard-config.ts";

/** What a simulation's pool is made from; what is absent comes from the configured pool. */
export interface SimulatedPoolOptions {
  readonly policy?: readonly string[];
  readonly pool?: string;
  /** With a trace, `pool` may be one of the trace alone, where the configuration has no pools. */
  readonly trace?: string;
  /** Milliseconds. */
  readonly coldStart: number;
  readonly min?: number;
  readonly max?: number;
}

/** A pool and the policies that it is tried with. */
export interface Trial {
  readonly pool: SimulatedPool;
  readonly candidates: readonly Candidate[];
}

/** A pool of the checked configuration; the schema has checked its shape. */
interface ConfiguredPool {
  readonly size?: { readonly min?: number; readonly max?: number };
  readonly concurrency?: number;
  readonly acquireTimeout?: Duration;
  readonly maxQueue?: number;
  readonly scaling?: Use;
  readonly balancer?: Use;
}

interface ToolsSection {
  readonly pools?: Readonly<Record<string, ConfiguredPool>>;
  readonly maxParallelCreations?: number;
  readonly idleTimeout?: Duration;
}

/** The size of a simulated pool for which nothing else is said. */
const SIZE = { min: 1, max: 60 };
/** How the policy of a configured pool is called among the others. */
const CONFIGURED = "as configured";
const SIMULATED_TOOL = fileURLToPath(new URL(`./simulated-tool${extname(import.meta.url)}`, import.meta.url));

/**
 * The pool that is simulated, and its policies: those that are named, or else the configured pool's and all that the
 * configuration's plugins offer.
 *
 * @throws LLMSPELL_E_SIMULATE_POOL, LLMSPELL_E_SIMULATE_POLICY; ConfigError when the configuration is not valid, or a
 * policy's options are not
 */
export async function prepareTrial(context: CommandContext, options: SimulatedPoolOptions): Promise<Trial> {
  const input = await inputOrStandard(context);
  const config = await checkConfig(input);
  const section = (config.value["tools"] ?? {}) as ToolsSection;
  const configured = configuredPool(section, options);
  const uses = options.policy?.map(useOf) ?? offeredPolicies(config, configured, section);
  const { concurrency, acquireTimeout, maxQueue, balancer } = configured ?? {};
  const size = configured === undefined ? SIZE : sizeBoundsOf(configured.size);
  const kernel = await kernelWith(context, input, uses, balancer);
  return {
    pool: {
      size: { min: options.min ?? size.min, max: options.max ?? size.max },
      coldStart: options.coldStart,
      concurrency,
      acquireTimeout,
      maxQueue,
      maxParallelCreations: configured && section.maxParallelCreations,
      createBalancer:
        balancer === undefined ? undefined : () => kernel.create("load-balancer", balancer, "the simulated pool"),
    },
    candidates: candidatesFrom(kernel, uses),
  };
}

interface NamedUse {
  readonly name: string;
  readonly use: Use;
}

/** The configured pool that is simulated; `undefined` where only the trace has pools, or none is named. */
function configuredPool(
  { pools = {} }: ToolsSection,
  { pool, trace }: SimulatedPoolOptions,
): ConfiguredPool | undefined {
  if (pool === undefined) return undefined;
  const names = Object.keys(pools);
  if (names.length === 0 && trace !== undefined) return undefined;
  const configured = pools[pool];
  if (configured === undefined) throw commandErrors.LLMSPELL_E_SIMULATE_POOL({ pool, pools: names });
  return configured;
}

/** A policy as the command line gives it: a name, or YAML as it would stand under `scaling`. */
function useOf(text: string): NamedUse {
  let use: unknown;
  try {
    use = parse(text);
  } catch (error) {
    throw commandErrors.LLMSPELL_E_SIMULATE_POLICY({ policy: text, problem: messageOf(error) });
  }
  if (!isUse(use)) throw commandErrors.LLMSPELL_E_SIMULATE_POLICY({ policy: text, problem: "it names no policy." });
  return { name: text, use };
}

function isUse(value: unknown): value is Use {
  if (typeof value === "string") return value !== "";
  return typeof value === "object" && value !== null && "use" in value && typeof value.use === "string";
}

function offeredPolicies(
  { catalog }: CheckedConfig,
  configured: ConfiguredPool | undefined,
  { idleTimeout }: ToolsSection,
): NamedUse[] {
  const names = [...(catalog.implementations.get("scaling-policy")?.keys() ?? [])];
  const offered = names.map((name) => ({ name, use: name }));
  if (configured === undefined) return offered;
  const onDemand = idleTimeout === undefined ? "on_demand" : { use: "on_demand", idleTimeout };
  return [{ name: CONFIGURED, use: configured.scaling ?? onDemand }, ...offered];
}

/** A kernel with the configuration's plugins and nothing but pools with these policies, so that their options are checked. */
async function kernelWith(
  { clock, log }: CommandContext,
  input: ConfigInput,
  uses: readonly NamedUse[],
  balancer: Use | undefined,
): Promise<Kernel> {
  const kernel = new Kernel({ clock, log });
  const poolWith = (scaling: Use) => ({ tool: SIMULATED_TOOL, scaling, ...(balancer !== undefined && { balancer }) });
  kernel.hooks.config.tap("simulate", ({ plugins, vars }) => ({
    plugins,
    ...(vars !== undefined && { vars }),
    tools: { pools: Object.fromEntries(uses.map(({ use }, index) => [poolName(index), poolWith(use)])) },
  }));
  await kernel.load(input);
  return kernel;
}

function candidatesFrom(kernel: Kernel, uses: readonly NamedUse[]): Candidate[] {
  const { pools = {} } = kernel.config.value["tools"] as ToolsSection;
  return uses.map(({ name }, index) => {
    const { scaling = name } = pools[poolName(index)] ?? {};
    const policy = kernel.create("scaling-policy", scaling, `the simulation of ${name}`);
    return { name, policy, cooldown: cooldownOf(scaling) };
  });
}

function poolName(index: number): string {
  return `policy_${index + 1}`;
}

function cooldownOf(use: Use): Duration | undefined {
  const cooldown = typeof use === "string" ? undefined : use["cooldown"];
  return typeof cooldown === "string" || typeof cooldown === "number" ? cooldown : undefined;
}
