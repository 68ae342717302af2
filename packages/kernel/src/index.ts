export { type Clock, sleepOn, systemClock, type Timer } from "./clock/index.ts";
export { type CheckedConfig, type CheckOptions, type ConfigInput, checkConfig } from "./config/check-config.ts";
export { ConfigError } from "./config/config-error.ts";
export type { Diagnostic } from "./diagnostics/diagnostic.ts";
export { type FormatOptions, formatDiagnostic } from "./diagnostics/format-diagnostic.ts";
export {
  defineErrors,
  type ErrorCode,
  type ErrorDefinition,
  isLlmspellError,
  LlmspellError,
  messageOf,
} from "./errors/index.ts";
export { type Log, silentLog } from "./log.ts";
export type { PluginManifest } from "./plugins/manifest.ts";
export {
  type ConfigChange,
  type Create,
  definePlugin,
  type ErrorOrigin,
  type ImplementationContext,
  type KernelHooks,
  type KindHooks,
  type KindName,
  type Kinds,
  type Plugin,
  type PluginHost,
  type SectionName,
  type Sections,
  type ServiceName,
  type Services,
  type Use,
} from "./plugins/plugin.ts";
export { type Random, seededRandom, systemRandom } from "./random/index.ts";
export type { DurationSummary, Reading } from "./reading.ts";
export { Kernel, type KernelOptions } from "./runtime/kernel.ts";
export type {
  Catalog,
  CatalogImplementation,
  CatalogKind,
  CatalogSection,
  PluginIdentity,
  Stability,
} from "./schema/catalog.ts";
export { type Bytes, type Duration, parseBytes, parseDuration, parseRate, type Rate } from "./units/index.ts";
export { KERNEL_VERSION } from "./version.ts";
