/** Stands for the plugins that run hook points. */
export const manifest = {
  name: "fixture-points",
  kernel: "*",
  names: { "hook-point": ["before_llm_call", "after_llm_call"] },
};
export default { name: "fixture-points", apply() {} };
