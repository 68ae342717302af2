export const manifest = { name: "own", kernel: "*", provide: [] };
export default { name: "own", apply() {} };
