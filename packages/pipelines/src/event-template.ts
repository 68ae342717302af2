import type { EventInput } from "@llmspell/events";
import { compileText } from "@llmspell/expressions";
import { compileData } from "./data-template.ts";
import { type SourceContract, sourceContractDefaults } from "./generated/options.ts";

const VARIABLES = ["record"];

/**
 * Compiles what makes an event of a record.
 *
 * @param source the source's name, which the events carry
 * @throws LLMSPELL_E_TEMPLATE; the compiled template LLMSPELL_E_EXPRESSION_VALUE when the record lacks what it names
 */
export function compileEvent(contract: SourceContract, source: string): (record: unknown) => EventInput {
  const typeOf = compileText(contract.type, VARIABLES);
  const dataOf = compileData(contract.data ?? sourceContractDefaults.data, VARIABLES);
  const idOf = compileOptional(contract.id);
  const keyOf = compileOptional(contract.key);
  const subjectOf = compileOptional(contract.subject);
  return (record) => {
    const scope = { record };
    return {
      type: typeOf(scope),
      data: dataOf(scope),
      source,
      id: idOf?.(scope) || undefined,
      key: keyOf?.(scope) || undefined,
      subject: subjectOf?.(scope) || undefined,
    };
  };
}

function compileOptional(template: string | undefined) {
  return template === undefined ? undefined : compileText(template, VARIABLES);
}
