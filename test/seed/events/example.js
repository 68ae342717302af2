/**
 * The seed's event example, as it is printed there; around it only what brings in the names that it does not define, and
 * brings out those that it does.
 */
export function runExample(HighPerformanceEventBus, generateEvents) {
  // High-performance event system setup
  const eventBus = new HighPerformanceEventBus({
    defaultChannelCapacity: 10000,
    batchProcessingSize: 100,
    batchFlushInterval: 10, // milliseconds
    enableCircuitBreaker: true,

    channels: {
      user_actions: {
        priority: "high",
        rateLimitRps: 1000,
        subscriberPool: {
          loadBalancer: "round_robin",
          circuitBreakerThreshold: 0.5,
        },
      },

      system_events: {
        priority: "critical",
        subscriberPool: {
          loadBalancer: "least_connections",
          circuitBreakerThreshold: 0.3,
        },
      },

      analytics: {
        priority: "low",
        rateLimitRps: 500,
        batchingEnabled: true,
      },
    },
  });

  // Smart routing configuration
  eventBus.addRoute({
    eventType: "user_login",
    channel: "user_actions",
    priority: "high",
  });

  eventBus.addPatternRoute({
    pattern: /^user_.*$/,
    channel: "user_actions",
    priority: "normal",
  });

  eventBus.addDynamicRoute({
    condition: (event) => event.data.userId && event.data.premium,
    channel: "premium_user_actions",
    priority: "high",
  });

  // High-throughput event emission
  async function handleHighTraffic() {
    const events = await generateEvents(1000); // 1000 events

    // Batch emission for efficiency
    const results = await eventBus.emitBatch(events, {
      maxConcurrency: 10,
      failureStrategy: "continue",
    });

    console.log(`Emitted ${results.successCount}/${events.length} events`);
    console.log(`Avg latency: ${results.avgLatency}ms`);
  }

  // Performance monitoring
  eventBus.on("performance_stats", (stats) => {
    console.log(`Throughput: ${stats.eventsPerSecond} events/sec`);
    console.log(`Queue depth: ${stats.queueDepth}`);
    console.log(`Circuit breaker status: ${stats.circuitBreakerStatus}`);
  });

  return { eventBus, handleHighTraffic };
}
