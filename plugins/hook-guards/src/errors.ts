import { defineErrors } from "@llmspell/base";

interface OnFile {
  readonly path: string;
}

/** Every error of the guards, by code. */
export const guardErrors = defineErrors({
  LLMSPELL_E_HOOK_GUARD_PATTERN: {
    message: ({ hook, name, problem }: { hook: string; name: string; problem: string }) =>
      `The pattern "${name}" of the hook ${hook} cannot be used: ${problem}.`,
    hint: "Give a regular expression without look-around and back-references, under a name of its own.",
  },
  LLMSPELL_E_HOOK_GUARD_SCHEMA: {
    message: ({ schemaFile = "`schema`", problem }: { schemaFile: string | undefined; problem: string }) =>
      `The schema of the hook json_schema (${schemaFile}) cannot be used: ${problem}.`,
    hint: "Give a JSON Schema of draft-07, or of draft 2020-12 with its `$schema`; patterns without look-around.",
    final: true,
  },
  LLMSPELL_E_HOOK_AUDIT_FILE: {
    message: ({ path, problem }: OnFile & { problem: string }) =>
      `The audit log ${path} cannot be written: ${problem}.`,
    hint: "Check the rights on its directory and the room on the disk; only one process may write it.",
  },
  LLMSPELL_E_HOOK_AUDIT_CHAIN: {
    message: ({ path, problem }: OnFile & { problem: string }) =>
      `The audit log ${path} cannot be continued, its last line is not as it was written: ${problem}.`,
    hint: "Find out who changed it (`verifyAuditLog` names the first broken line), keep it, and begin a new file.",
    final: true,
  },
  LLMSPELL_E_HOOK_AUDIT_RECORD: {
    message: ({ path, problem }: OnFile & { problem: string }) =>
      `What should be recorded in the audit log ${path} is no JSON: ${problem}.`,
    hint: "Choose `fields` that hold plain data.",
    final: true,
  },
  LLMSPELL_E_HOOK_WEBHOOK: {
    message: ({ origin, problem }: { origin: string; problem: string }) =>
      `The webhook at ${origin} failed: ${problem}.`,
    hint: "It must answer with 204, or with 2xx and a JSON object: {} to continue, or an outcome.",
  },
});
