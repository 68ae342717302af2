export const manifest = {
  name: "greeter",
  kernel: ">=0.1.0 <1.0.0",
  options: {
    type: "object",
    additionalProperties: false,
    properties: { greeting: { type: "string" }, times: { type: "integer", minimum: 1, default: 1 } },
  },
};
export default { name: "greeter", apply() {} };
