export const description = "Explains the words in a text.";
export const inputSchema = { type: "object", required: ["text"], properties: { text: { type: "string" } } };

/** Says what it was asked, so that a test sees what reached it. */
export default function explain({ text }: { readonly text: string }) {
  return { asked: text, meaning: "Backpressure slows a source when its reader cannot keep pace with it." };
}
