import type { EventBus, EventInput } from "@llmspell/events";
import type { HighPerformanceEventBusOptions } from "llmspell";

export function runExample(
  HighPerformanceEventBus: new (options: HighPerformanceEventBusOptions) => EventBus,
  generateEvents: (count: number) => Promise<readonly EventInput[]>,
): { readonly eventBus: EventBus; readonly handleHighTraffic: () => Promise<void> };
