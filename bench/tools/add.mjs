// A task of no weight: what is measured is the way to it and back.
export const description = "Adds two numbers.";
export const inputSchema = { type: "object" };

export default function add({ a, b }) {
  return a + b;
}
