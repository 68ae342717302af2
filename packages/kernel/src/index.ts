export type { ConfigInput } from "@llmspell/config";
export { type CheckedConfig, type CheckOptions, checkConfig } from "./check-config.ts";
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
export { Kernel, type KernelOptions, type KernelState } from "./runtime/kernel.ts";
export { kernelErrors } from "./runtime/kernel-errors.ts";
export { KERNEL_VERSION } from "./version.ts";
