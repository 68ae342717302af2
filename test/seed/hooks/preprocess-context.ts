import { type Hook, type HookContext, type HookOutcome, modify } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

/** Reads a document into the context, ten milliseconds a page. */
export class PreprocessContext implements Hook {
  #calls = 0;

  async handle({ data, clock, signal }: HookContext): Promise<HookOutcome> {
    this.#calls++;
    const { document, pages } = data;
    await clock.sleep(10 * Number(pages), signal);
    return modify({ context: { document: `${document} on ${pages} pages` } });
  }

  figures() {
    return { calls: this.#calls };
  }
}

const create: Create<Hook> = () => new PreprocessContext();
export default create;
