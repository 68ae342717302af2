export default {
  name: "fixture-p",
  apply() {
    throw new Error("no connection");
  },
};
