export default { name: "fixture-q", apply() {} };
