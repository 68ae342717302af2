export default {
  name: "fixture-p",
  apply(kernel) {
    kernel.kinds
      .for("balancer")
      .for("oldest")
      .tap("fixture-p", () => ({ pick: () => 0 }));
  },
};
