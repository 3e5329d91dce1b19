import { LeanOpsError } from '../errors/error.ts';
import { ERRORS, type ErrorCode } from '../errors/taxonomy.ts';
import type { Place } from './place.ts';

/** Not failures of a run: a person stopped it, another run works on the topic, or the topic is halted, which the state shows. */
const NOT_FAILURES: readonly ErrorCode[] = ['INTERRUPTED', 'LEASE_HELD', 'TOPIC_HALTED'];

/** Runs a job on a topic. If it fails, the state counts the failure for `status` and alerts. Throws what the job throws. */
export async function countingFailures<T>(
  place: Pick<Place, 'store' | 'clock'>,
  topic: string,
  job: () => Promise<T>,
): Promise<T> {
  try {
    return await job();
  } catch (error) {
    const code = error instanceof LeanOpsError ? error.code : 'INTERNAL';
    if (ERRORS[code].class !== 'data' && !NOT_FAILURES.includes(code)) {
      // A store that cannot record this, such as on a full disk, must not hide the first error.
      await Promise.allSettled([place.store.recordFailure({ topic, code, at: place.clock() })]);
    }
    throw error;
  }
}
