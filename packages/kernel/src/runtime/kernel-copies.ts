import { KERNEL_VERSION } from "../version.ts";

const COPIES = Symbol.for("llmspell.kernel.copies");

interface CopyHolder {
  [COPIES]?: Map<string, string>;
}

/** Every copy of the kernel in this process notes itself here, by the URL of its code. */
const holder: CopyHolder = globalThis as CopyHolder;
holder[COPIES] ??= new Map();
holder[COPIES].set(new URL("..", import.meta.url).href, KERNEL_VERSION);

/** A sentence about the copies when there are several, which means that plugins may not see each other's kinds. */
export function describeKernelCopies(): string | undefined {
  const copies = [...(holder[COPIES] ?? [])];
  if (copies.length < 2) return undefined;
  const list = copies.map(([url, version]) => `${version} at ${url}`).join(" and ");
  return `This process has ${copies.length} copies of @llmspell/kernel: ${list}. Make it a peer dependency of the plugins, and install it once.`;
}
