export { Extractive } from "./extractive.ts";
export {
  FirstConfigured,
  type FirstConfiguredDependencies,
  type FirstConfiguredProviders,
} from "./first-configured.ts";
export type { ExtractiveOptions, FirstConfiguredOptions } from "./generated/options.ts";
export { default } from "./plugin.ts";
