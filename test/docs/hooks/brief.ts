import { type Hook, modify } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

interface BriefedData {
  readonly messages: readonly object[];
  readonly found?: Readonly<Record<string, readonly string[]>>;
}

/** Tells the model what has been found, before the conversation. */
const create: Create<Hook> = () => ({
  handle({ data }) {
    // The agents' data at before_llm_call have this shape.
    const { messages, found = {} } = data as unknown as BriefedData;
    const content = Object.values(found).flat().join(" ");
    return content === "" ? undefined : modify({ messages: [{ role: "system", content }, ...messages] });
  },
});

export default create;
