const treats = (enumeration, reason) => ({
  type: "object",
  additionalProperties: false,
  allOf: [{ properties: { stream: { enum: enumeration, "x-reason": reason } } }],
});

/** Two hooks that say in their options' schema how they can treat a stream. */
export const manifest = {
  name: "fixture-watchers",
  kernel: "*",
  provides: [
    {
      kind: "hook",
      name: "meter",
      description: "Counts what has been said.",
      options: treats(["audit"], "It only counts; give it mode background."),
    },
    {
      kind: "hook",
      name: "censor",
      description: "Forbids words.",
      options: treats(["buffer", "window"], "A word may be split between two pieces of the stream."),
    },
  ],
};
export default { name: "fixture-watchers", apply() {} };
