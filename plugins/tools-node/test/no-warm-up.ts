export const description = "Means to be warmed up.";
export const inputSchema = { type: "object" };
export const warmUps = { load_model: "later" };

export default function nothing(): void {}
