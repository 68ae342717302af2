import { readFileSync } from "node:fs";

const manifest: { readonly version: string } = JSON.parse(
  readFileSync(new URL("../package.json", import.meta.url), "utf8"),
);

/** The version of this kernel: what a plugin manifest's `kernel` range is checked against. */
export const KERNEL_VERSION: string = manifest.version;
