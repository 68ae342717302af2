import type {} from "@llmspell/kernel";

/** What is said about an alert when it begins to hold, and when it ceases to. */
export interface AlertNotice {
  readonly state: "fired" | "resolved";
  /** The alert's name; its condition when it has none. */
  readonly name: string;
  readonly when: string;
  /** Milliseconds since the Unix epoch. */
  readonly at: number;
  /** How long the condition has held, or had held; milliseconds. */
  readonly held: number;
}

/** Tells somebody about an alert. */
export interface Alert {
  /**
   * Called once when an alert fires and once when it is resolved. What it throws is logged and counted.
   *
   * @param signal aborts when the monitor stops and waits no longer
   */
  notify(notice: AlertNotice, context: { readonly signal: AbortSignal }): void | Promise<void>;
}

declare module "@llmspell/kernel" {
  interface Kinds {
    alert: Alert;
  }
}
