import type { Micros } from '../../base/time.ts';
import { invariant } from '../../errors/error.ts';

/** 20 digits, so that the texts sort as the moments do. */
export function sortableMicros(at: Micros): string {
  invariant(at >= 0n, 'the state holds no time before 1970');
  return at.toString().padStart(20, '0');
}
