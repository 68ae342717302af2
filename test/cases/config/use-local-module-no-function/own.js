export default { pick: () => 0 };
