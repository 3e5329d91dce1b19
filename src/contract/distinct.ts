/** Up to this many different values may be a closed list. */
const FEW = 10;

/** Counts different texts in bounded memory. */
export class Distinct {
  count = 0;
  /** At most FEW. null: there are more. */
  few: Set<string> | null = new Set();
  /** An empty text was among them. */
  hasEmpty = false;
  private hashes: Set<number> | null = new Set();
  private repeats = false;

  add(text: string, budget: { hashes: number }): void {
    this.count += 1;
    this.hasEmpty ||= text === '';
    this.few?.add(text);
    if (this.few !== null && this.few.size > FEW) this.few = null;
    if (this.hashes === null) return;
    const hash = hashOf(text);
    if (this.hashes.has(hash)) this.repeats = true;
    // Once a value comes twice, it is not a key, and no more hashes are needed.
    if (this.repeats || budget.hashes === 0) {
      budget.hashes += this.hashes.size;
      this.hashes = null;
      return;
    }
    this.hashes.add(hash);
    budget.hashes -= 1;
  }

  /** 'unknown': there were too many to compare. */
  get allDiffer(): boolean | 'unknown' {
    if (this.repeats) return false;
    return this.hashes === null ? 'unknown' : true;
  }
}

/** 53 bits, mixed as in cyrb53: among a million values a chance collision is rare. */
function hashOf(text: string): number {
  let [left, right] = [0xdeadbeef, 0x41c6ce57];
  for (let at = 0; at < text.length; at += 1) {
    const code = text.charCodeAt(at);
    left = Math.imul(left ^ code, 2654435761);
    right = Math.imul(right ^ code, 1597334677);
  }
  left = Math.imul(left ^ (left >>> 16), 2246822507) ^ Math.imul(right ^ (right >>> 13), 3266489909);
  right = Math.imul(right ^ (right >>> 16), 2246822507) ^ Math.imul(left ^ (left >>> 13), 3266489909);
  return 4294967296 * (2097151 & right) + (left >>> 0);
}
