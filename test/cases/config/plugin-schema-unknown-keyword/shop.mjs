export const manifest = {
  name: "shop",
  kernel: "*",
  sections: {
    shop: {
      schema: {
        type: "object",
        additionalProperties: false,
        properties: { open: { type: "string", "x-cell": ["event"] } },
      },
    },
  },
};
export default { name: "shop", apply() {} };
