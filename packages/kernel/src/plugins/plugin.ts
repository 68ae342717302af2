import type { Clock, Log, Random, Reading } from "@llmspell/base";
import type { AsyncSeriesHook, SyncBailHook, SyncHook, SyncWaterfallHook } from "tapable";

/**
 * The extension points that are known to TypeScript, by name. A package that opens a kind adds it here:
 *
 * @example
 * declare module "@llmspell/kernel" {
 *   interface Kinds {
 *     "load-balancer": LoadBalancer;
 *   }
 * }
 */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in the packages that open kinds
export interface Kinds {}

/** The services that sections offer to each other, by name; filled by declaration merging as `Kinds`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in the packages that own sections
export interface Services {}

/** The options objects of the sections, by section; filled by declaration merging as `Kinds`. */
// biome-ignore lint/suspicious/noEmptyInterface: filled by declaration merging in the packages that own sections
export interface Sections {}

export type KindName = keyof Kinds & string;
export type ServiceName = keyof Services & string;
export type SectionName = keyof Sections & string;

/** What YAML writes where an implementation is chosen: its name, or its name under `use` beside its options. */
export type Use = string | ({ readonly use: string } & Readonly<Record<string, unknown>>);

/** What an implementation gets beside its options. */
export interface ImplementationContext {
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** What it is created for, as an operator would say it: `channel user_actions`, `pool web_search`. */
  readonly owner: string;
  /** Creates another implementation that this one is built from. */
  create<Kind extends KindName>(kind: Kind, use: Use): Kinds[Kind];
}

/** Makes an implementation of a kind from its options (the YAML object without `use` and the kind's own keys). */
export type Create<Implementation, Options = never> = (
  options: Options,
  context: ImplementationContext,
) => Implementation;

/** The creators of one kind: `kernel.kinds.for("load-balancer").for("round_robin").tap(plugin, create)`. */
export interface KindHooks<Implementation> {
  for(name: string): SyncBailHook<[options: never, context: ImplementationContext], Implementation>;
}

/** The stages of a run. `stop` and `drain` call what was tapped last first: the reverse order of `start`. */
export interface KernelHooks {
  /** The merged configuration before it is validated; a tap may return another. Only an embedder is early enough. */
  readonly config: SyncWaterfallHook<[config: Readonly<Record<string, unknown>>]>;
  /** The composed JSON Schema before it is compiled; a tap may return another. Only an embedder is early enough. */
  readonly schema: SyncWaterfallHook<[schema: Readonly<Record<string, unknown>>]>;
  /** Every part is built from its section and offers its service; nothing runs yet. */
  readonly assemble: AsyncSeriesHook<[]>;
  /** Parts begin to work: pools warm up, queues open. */
  readonly start: AsyncSeriesHook<[]>;
  /** Everything has started: sources may emit. */
  readonly ready: AsyncSeriesHook<[]>;
  /** A valid new configuration has been read; a section that can change while running taps this. */
  readonly reload: AsyncSeriesHook<[change: ConfigChange]>;
  /** No new work is taken; what is under way is finished, until `signal` aborts: then a tap should give up and return. */
  readonly drain: AsyncSeriesHook<[drain: { readonly signal: AbortSignal }]>;
  /** Everything is released. Runs also after a failed start. */
  readonly stop: AsyncSeriesHook<[]>;
  /** Something failed in a plugin; `origin` names it. */
  readonly error: SyncHook<[error: Error, origin: ErrorOrigin]>;
  /** Parts add their figures to `readings`. Called by whoever wants to know: the monitor, the end of a run. */
  readonly collect: SyncHook<[readings: Reading[]]>;
}

export interface ConfigChange {
  /** The sections whose settings differ. */
  readonly sections: readonly string[];
  readonly previous: Readonly<Record<string, unknown>>;
  readonly next: Readonly<Record<string, unknown>>;
}

export interface ErrorOrigin {
  /** The plugin's name, as tapped. */
  readonly plugin: string;
  /** The hook in which it failed: `start`, `load-balancer round_robin`. */
  readonly hook: string;
}

/** What a plugin sees of the kernel. */
export interface PluginHost {
  readonly hooks: KernelHooks;
  readonly kinds: { for<Kind extends KindName>(kind: Kind): KindHooks<Kinds[Kind]> };
  readonly clock: Clock;
  readonly random: Random;
  readonly log: Log;
  /** The directory of the configuration file, or the working directory when there is none. */
  readonly directory: string;
  /** The options of a section of the validated configuration, defaults filled in; `undefined` when it is absent. */
  section<Section extends SectionName>(section: Section): Sections[Section] | undefined;
  /**
   * Creates an implementation of a kind, as chosen by `use`. Keys that belong to the kind's contract are taken off.
   *
   * @param owner what it is created for, for messages: `channel user_actions`
   * @throws LLMSPELL_E_IMPLEMENTATION_UNKNOWN, LLMSPELL_E_PLUGIN_FAILED
   */
  create<Kind extends KindName>(kind: Kind, use: Use, owner: string): Kinds[Kind];
  /** Offers a service to the other sections; each name once. */
  provide<Service extends ServiceName>(service: Service, value: Services[Service]): void;
  /** A service that another section offers; `undefined` when the configuration does not have that section. */
  service<Service extends ServiceName>(service: Service): Services[Service] | undefined;
}

/** The default export of a plugin's module. */
export interface Plugin<Options = never> {
  /** The name in the plugin's manifest. */
  readonly name: string;
  /** Taps the kernel's hooks and kinds. `options` come from the plugin's entry under `plugins:`. */
  apply(kernel: PluginHost, options: Options): void | Promise<void>;
}

/** Types a plugin where it is written; returns it unchanged. */
export function definePlugin<Options = never>(plugin: Plugin<Options>): Plugin<Options> {
  return plugin;
}
