import { LeanOpsError } from '../errors/error.ts';
import { ERRORS, type ErrorCode } from '../errors/taxonomy.ts';
import type { Place } from './place.ts';

/** No failures of a run: a person's wish, another run at work, and a halt, which the state tells by itself. */
const NO_FAILURES: readonly ErrorCode[] = ['INTERRUPTED', 'LEASE_HELD', 'TOPIC_HALTED'];

/** Runs a job on a topic; where it fails, the state counts that, so that status and alerts can tell it later. */
export async function countingFailures<T>(
  place: Pick<Place, 'store' | 'clock'>,
  topic: string,
  job: () => Promise<T>,
): Promise<T> {
  try {
    return await job();
  } catch (error) {
    const code = error instanceof LeanOpsError ? error.code : 'INTERNAL';
    if (ERRORS[code].class !== 'data' && !NO_FAILURES.includes(code)) {
      // A store that cannot take the note, on a full disk for one, must not hide what went wrong in the first place.
      await Promise.allSettled([place.store.recordFailure({ topic, code, at: place.clock() })]);
    }
    throw error;
  }
}
