/** What is chosen by `use`, where its options matter to the drawing. */
export type GraphedUse = string | ({ readonly use: string } & Readonly<Record<string, unknown>>);

export interface GraphedStep {
  readonly tool?: string;
  readonly agent?: string;
  readonly hooks?: string;
  readonly emit?: string;
  readonly write?: string;
  readonly use?: string;
  readonly when?: string;
}

export interface GraphedPipeline {
  readonly on: string | readonly string[];
  readonly replicas?: number;
  readonly steps: readonly GraphedStep[];
  readonly onCancel?: readonly GraphedStep[];
}

export interface GraphedChannel {
  readonly priority?: string;
  readonly deadLetter?: string;
}

export interface GraphedRoute {
  readonly use: string;
  readonly channel: string;
  readonly event?: string;
  readonly pattern?: string;
  readonly glob?: string;
  readonly when?: string;
}

export interface GraphedAgent {
  readonly provider: GraphedUse;
  readonly tools?: readonly string[];
}

/**
 * The part of a valid configuration that its graph is drawn from. It is stated here, and not taken from the packages
 * that own the sections, because drawing must not load them.
 */
export interface GraphedConfig {
  readonly sources?: Readonly<Record<string, GraphedUse>>;
  readonly events?: {
    readonly channels?: Readonly<Record<string, GraphedChannel>>;
    readonly routes?: readonly GraphedRoute[];
  };
  readonly pipelines?: Readonly<Record<string, GraphedPipeline>>;
  readonly hooks?: { readonly points?: Readonly<Record<string, readonly { readonly id: string }[]>> };
  readonly tools?: { readonly pools?: Readonly<Record<string, { readonly tool: GraphedUse }>> };
  readonly agents?: Readonly<Record<string, GraphedAgent>>;
  readonly sinks?: Readonly<Record<string, GraphedUse>>;
}
