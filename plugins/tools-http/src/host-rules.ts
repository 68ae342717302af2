import { BlockList, isIP } from "node:net";
import { httpToolErrors } from "./errors.ts";

/** Addresses that are not of the public Internet (IANA's registries of special-purpose addresses). */
const PRIVATE = new BlockList();
for (const [network, prefix] of [
  ["0.0.0.0", 8],
  ["10.0.0.0", 8],
  ["100.64.0.0", 10],
  ["127.0.0.0", 8],
  ["169.254.0.0", 16],
  ["172.16.0.0", 12],
  ["192.0.0.0", 24],
  ["192.168.0.0", 16],
  ["198.18.0.0", 15],
  ["224.0.0.0", 4],
  ["240.0.0.0", 4],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv4");
}
for (const [network, prefix] of [
  ["::", 128],
  ["::1", 128],
  ["64:ff9b::", 96],
  ["64:ff9b:1::", 48],
  ["2002::", 16],
  ["fc00::", 7],
  ["fe80::", 10],
  ["ff00::", 8],
] as const) {
  PRIVATE.addSubnet(network, prefix, "ipv6");
}

/** Whether an IP address is of this machine, a private network, or otherwise not of the public Internet. */
export function isPrivateAddress(address: string): boolean {
  return PRIVATE.check(address, isIP(address) === 6 ? "ipv6" : "ipv4");
}

interface Rule {
  /** The host's name, or with `isSuffix` how it ends; empty for every host. */
  readonly name: string;
  readonly isSuffix: boolean;
  readonly port: string;
}

/** Which hosts a tool may call. */
export class HostRules {
  readonly #rules: readonly Rule[];
  readonly #ownOrigin: string | undefined;
  readonly #named = new Set<string>();

  /**
   * @param allowedHosts as the option of that name
   * @param ownOrigin where the tool's options themselves lead; always allowed
   */
  constructor(allowedHosts: readonly string[] = [], ownOrigin?: string | undefined) {
    this.#rules = allowedHosts.map(parseRule);
    this.#ownOrigin = ownOrigin;
    for (const { name, isSuffix } of this.#rules) if (!isSuffix) this.#named.add(name);
    if (ownOrigin !== undefined) this.#named.add(new URL(ownOrigin).hostname);
  }

  /** @throws LLMSPELL_E_TOOL_HTTP_HOST when the tool may not call this URL */
  check(url: URL): void {
    if (url.origin === this.#ownOrigin) return;
    const host = url.host;
    if (!this.#rules.some((rule) => fits(rule, url))) {
      throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_HOST({ host, problem: "it is not among the allowed hosts" });
    }
    const address = url.hostname.replace(/^\[|\]$/g, "");
    if (isIP(address) !== 0) this.checkAddress(url.hostname, address);
  }

  /** @throws LLMSPELL_E_TOOL_HTTP_HOST when a host that is not listed by name has a private address */
  checkAddress(host: string, address: string): void {
    if (this.#named.has(host) || !isPrivateAddress(address)) return;
    throw httpToolErrors.LLMSPELL_E_TOOL_HTTP_HOST({ host, problem: "its address is private" });
  }
}

function parseRule(text: string): Rule {
  const [, host = "", port = ""] = /^(.*?)(?::(\d+))?$/.exec(text.toLowerCase()) ?? [];
  if (host === "*") return { name: "", isSuffix: true, port };
  return host.startsWith("*.") ? { name: host.slice(1), isSuffix: true, port } : { name: host, isSuffix: false, port };
}

function fits({ name, isSuffix, port }: Rule, { hostname, port: urlPort, protocol }: URL): boolean {
  const isNamed = isSuffix ? hostname.endsWith(name) : hostname === name;
  return isNamed && portOf(port, protocol) === portOf(urlPort, protocol);
}

function portOf(port: string, protocol: string): string {
  if (port !== "") return port;
  return protocol === "https:" ? "443" : "80";
}
