export { AuditLog, type AuditLogDependencies } from "./audit/audit-log.ts";
export { type AuditVerdict, verifyAuditLog } from "./audit/verify-audit-log.ts";
export { Cost } from "./cost.ts";
export { guardErrors } from "./errors.ts";
export type {
  AuditLogOptions,
  CostOptions,
  ModelPrice,
  PromptInjectionOptions,
  RedactOptions,
  RestoreOptions,
  WebhookOptions,
} from "./generated/options.ts";
export { type InjectionScore, type InjectionSignal, injectionSignals, scoreInjection } from "./injection-signals.ts";
export { JsonSchema } from "./json-schema.ts";
export { MaxTokens } from "./max-tokens.ts";
export { default } from "./plugin.ts";
export { PromptInjection } from "./prompt-injection.ts";
export { RateLimit, type RateLimitDependencies } from "./rate-limit.ts";
export { Redact, type RedactDependencies } from "./redact.ts";
export { Regex } from "./regex.ts";
export { Restore } from "./restore.ts";
export { Webhook, type WebhookDependencies } from "./webhook/webhook.ts";
