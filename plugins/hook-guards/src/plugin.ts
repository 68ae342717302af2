import type { Plugin } from "@llmspell/kernel";
import { AuditLog } from "./audit/audit-log.ts";
import { Cost } from "./cost.ts";
import { JsonSchema } from "./json-schema.ts";
import { MaxTokens } from "./max-tokens.ts";
import { PromptInjection } from "./prompt-injection.ts";
import { RateLimit } from "./rate-limit.ts";
import { Redact } from "./redact.ts";
import { Regex } from "./regex.ts";
import { Restore } from "./restore.ts";
import { Webhook } from "./webhook/webhook.ts";

const NAME = "@llmspell/plugin-hook-guards";

const plugin: Plugin = {
  name: NAME,
  apply(kernel) {
    const hooks = kernel.kinds.for("hook");
    hooks.for("redact").tap(NAME, (options, { random }) => new Redact(options, { random }));
    hooks.for("restore").tap(NAME, (options) => new Restore(options));
    hooks.for("json_schema").tap(NAME, (options) => new JsonSchema(options));
    hooks.for("regex").tap(NAME, (options) => new Regex(options));
    hooks.for("max_tokens").tap(NAME, (options) => new MaxTokens(options));
    hooks.for("rate_limit").tap(NAME, (options, { clock }) => new RateLimit(options, { clock }));
    hooks.for("audit_log").tap(NAME, (options, { clock, log }) => new AuditLog(options, { clock, log }));
    hooks.for("webhook").tap(NAME, (options, { random }) => new Webhook(options, { random }));
    hooks.for("prompt_injection").tap(NAME, (options) => new PromptInjection(options));
    hooks.for("cost").tap(NAME, (options) => new Cost(options));
  },
};

export default plugin;
