export default { name: "own", apply() {} };
