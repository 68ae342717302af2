export default { name: "fixture-p", apply() {} };
