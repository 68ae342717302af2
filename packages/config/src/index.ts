export { withoutConsequences } from "./diagnostics/consequences.ts";
export { type Diagnostic, Diagnostics } from "./diagnostics/diagnostic.ts";
export { displayPath, type FormatOptions, formatDiagnostic } from "./diagnostics/format-diagnostic.ts";
export { type Place, SourceFile } from "./diagnostics/source-file.ts";
export { ConfigError } from "./reading/config-error.ts";
export { type ConfigInput, readConfig } from "./reading/config-input.ts";
export {
  type ConfigMap,
  type ConfigNode,
  type ConfigPath,
  nodeAt,
  placeAt,
  plainValue,
} from "./reading/config-node.ts";
export { configText } from "./reading/config-text.ts";
export { findConfig } from "./reading/find-config.ts";
export { transformed } from "./reading/keep-unchanged.ts";
export { parseYaml } from "./reading/parse-yaml.ts";
export { type ReadConfig, readConfigSource } from "./reading/read-config.ts";
export { redactedValueOf, secretRedactor } from "./reading/redact-secrets.ts";
export type { Environment } from "./reading/substitute.ts";
export {
  type Catalog,
  type CatalogImplementation,
  type CatalogKind,
  type CatalogPlugin,
  type CatalogSection,
  EMPTY_OBJECT_SCHEMA,
  missingMethods,
  type PluginIdentity,
  type Stability,
} from "./schema/catalog.ts";
export { BASE_KEYS, composeSchema } from "./schema/compose-schema.ts";
export { editorSchema } from "./schema/editor-schema.ts";
export { explainErrors } from "./schema/explain-error.ts";
export type { Findings, FoundLocation, FoundUse } from "./schema/findings.ts";
export { withIndirectUses } from "./schema/indirect-uses.ts";
export type { JsonSchema } from "./schema/json-schema.ts";
export { ownOptions, pluginOptions } from "./schema/own-options.ts";
export { createAjv, type ValidatedConfig, validateConfig } from "./schema/validate-config.ts";
export { nameOfUse, valueAt } from "./schema/vocabulary.ts";
