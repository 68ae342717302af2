export default {
  name: "fixture-p",
  apply(kernel) {
    kernel.kinds
      .for("balancer")
      .for("unfair")
      .tap("fixture-p", () => ({}));
  },
};
