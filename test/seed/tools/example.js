/**
 * The seed's example of tool pooling, as it is printed there in Lua, put into JavaScript word for word; around it only what
 * brings in the names that it does not define.
 */
export async function runExample(names) {
  const { ToolExecutionPool, AdaptiveScalingPolicy, PredictiveScalingPolicy, LoadBasedScalingPolicy } = names;
  const { Agent, WebSearchTool, DocumentAnalyzerTool, SummarizerTool, print } = names;

  // Configure intelligent tool pooling
  const tool_pool = ToolExecutionPool.new({
    pools: {
      web_search: {
        min_size: 2,
        max_size: 10,
        warm_up_tasks: ["cache_common_queries", "establish_connections"],
        scaling_policy: AdaptiveScalingPolicy.new({
          target_utilization: 0.7,
          scale_up_threshold: 0.8,
          scale_down_threshold: 0.3,
        }),
      },

      llm_analysis: {
        min_size: 1,
        max_size: 5,
        warm_up_tasks: ["load_model", "initialize_tokenizer"],
        scaling_policy: PredictiveScalingPolicy.new({
          prediction_window: 300, // seconds
          confidence_threshold: 0.8,
        }),
      },

      file_processor: {
        min_size: 3,
        max_size: 15,
        warm_up_tasks: [],
        scaling_policy: LoadBasedScalingPolicy.new({
          requests_per_instance: 10,
        }),
      },
    },

    global_settings: {
      health_check_interval: 30,
      idle_timeout: 300,
      max_pool_memory: 1024 * 1024 * 1024, // 1GB
      performance_monitoring: true,
    },
  });

  // Usage with automatic pooling
  const research_agent = Agent.new({
    system_prompt: "You are a research assistant",
    tool_pool: tool_pool,
    tools: [WebSearchTool.new(), DocumentAnalyzerTool.new(), SummarizerTool.new()],
  });

  // Pool automatically manages tool instances
  const research_result = await research_agent.chat("Research quantum computing applications");

  // Pool performance monitoring
  print("Pool statistics:");
  print("Web search pool utilization:", tool_pool.get_utilization("web_search"));
  print("Average tool execution time:", tool_pool.get_avg_execution_time());
  print("Pool scaling events:", tool_pool.get_scaling_history());

  return research_result;
}
