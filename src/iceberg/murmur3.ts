const C1 = 0xcc9e2d51;
const C2 = 0x1b873593;

/** Murmur3 (32 bits, x86 variant, seed 0) as a signed 32-bit integer: the hash of bucket partitions (spec: Appendix B). */
export function murmur3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const blocks = bytes.length >>> 2;
  let hash = 0;
  for (let block = 0; block < blocks; block += 1) {
    hash ^= mixBlock(view.getUint32(block * 4, true));
    hash = (hash << 13) | (hash >>> 19);
    hash = (Math.imul(hash, 5) + 0xe6546b64) | 0;
  }
  hash ^= mixBlock(tail(bytes, blocks * 4));
  return finish(hash ^ bytes.length);
}

function mixBlock(block: number): number {
  const mixed = Math.imul(block, C1);
  return Math.imul((mixed << 15) | (mixed >>> 17), C2);
}

function tail(bytes: Uint8Array, start: number): number {
  let last = 0;
  for (let index = bytes.length - 1; index >= start; index -= 1) last = (last << 8) | (bytes[index] ?? 0);
  return last;
}

function finish(hash: number): number {
  let mixed = hash;
  mixed ^= mixed >>> 16;
  mixed = Math.imul(mixed, 0x85ebca6b);
  mixed ^= mixed >>> 13;
  mixed = Math.imul(mixed, 0xc2b2ae35);
  return mixed ^ (mixed >>> 16);
}

/** The hash of an int, long, date or timestamp: of its value as eight little-endian bytes. */
export function murmur3Long(value: bigint): number {
  const bytes = new Uint8Array(8);
  new DataView(bytes.buffer).setBigInt64(0, value, true);
  return murmur3(bytes);
}
