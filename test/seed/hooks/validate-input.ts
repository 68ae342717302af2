import { cancel, type Hook, type HookContext, type HookOutcome } from "@llmspell/hooks";
import type { Create } from "@llmspell/kernel";

const LONGEST = 200;

/** Lets only questions of a sensible length through. */
export class ValidateInput implements Hook {
  #calls = 0;

  async handle({ input, clock, signal }: HookContext): Promise<HookOutcome | undefined> {
    this.#calls++;
    await clock.sleep(5, signal);
    const isQuestion = typeof input === "string" && input !== "" && input.length <= LONGEST;
    return isQuestion ? undefined : cancel(`A question has 1 to ${LONGEST} characters.`);
  }

  figures() {
    return { calls: this.#calls };
  }
}

const create: Create<Hook> = () => new ValidateInput();
export default create;
