export const manifest = {
  name: "shouter",
  kernel: ">=0.1.0 <1.0.0",
  options: {
    type: "object",
    additionalProperties: false,
    required: ["volume"],
    properties: { volume: { type: "number" } },
  },
};
export default { name: "shouter", apply() {} };
