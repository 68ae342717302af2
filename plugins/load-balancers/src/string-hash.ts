/**
 * A 32-bit hash of a text's UTF-16 code units. Not for secrets.
 *
 * Algorithm: FNV-1a (G. Fowler, L. C. Noll, K.-P. Vo), its result mixed.
 */
export function hashOf(text: string): number {
  let hash = 0x811c9dc5;
  for (let index = 0; index < text.length; index++) {
    const unit = text.charCodeAt(index);
    hash = Math.imul(hash ^ (unit & 0xff), 0x01000193);
    hash = Math.imul(hash ^ (unit >>> 8), 0x01000193);
  }
  return mix(hash);
}

/**
 * Spreads what differs in a few bits over all 32; unsigned.
 *
 * Algorithm: the finalizer of MurmurHash3 (A. Appleby).
 */
export function mix(value: number): number {
  let hash = value;
  hash = Math.imul(hash ^ (hash >>> 16), 0x85ebca6b);
  hash = Math.imul(hash ^ (hash >>> 13), 0xc2b2ae35);
  return (hash ^ (hash >>> 16)) >>> 0;
}
