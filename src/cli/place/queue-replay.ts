import { type ReplayAccess, replayDeadLetter } from '../../aws/intake/replay.ts';
import type { Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { ErrorCode } from '../../errors/taxonomy.ts';
import type { ReplayLetters } from '../command/command-place.ts';
import { repairedBytes } from './repaired-file.ts';

/** Errors of one letter's own body: the letter stays open, and the others are replayed. */
const LEFT_OPEN: ReadonlySet<ErrorCode> = new Set(['DEAD_LETTER_DAMAGED', 'NOT_UTF8']);

export interface QueueReplayOptions {
  /** Who closes the letters. */
  readonly actor: () => string;
  readonly clock: () => Micros;
  readonly signal: AbortSignal;
}

/** Replays letters on AWS: sends each body to the topic's queue, then closes the letter. */
export function replayThroughQueue(
  place: ReplayAccess,
  { actor, clock, signal }: QueueReplayOptions,
): ReplayLetters {
  return async ({ topic, ids }, { repairedBody, onProgress }) => {
    const repaired = repairedBody === null ? null : await repairedBytes(repairedBody);
    const damaged: LeanOpsError[] = [];
    let [replayed, notOpen] = [0, 0];
    for (const [at, id] of ids.entries()) {
      throwIfStopped(signal, topic);
      try {
        if (await replayDeadLetter(place, { id, repaired, by: actor(), at: clock() })) replayed += 1;
        else notOpen += 1;
      } catch (error) {
        if (!(error instanceof LeanOpsError && LEFT_OPEN.has(error.code))) throw error;
        damaged.push(error);
      }
      onProgress(at + 1);
    }
    return { topic, replayed, notOpen, damaged, fates: null };
  };
}

function throwIfStopped(signal: AbortSignal, topic: string): void {
  if (!signal.aborted) return;
  throw new LeanOpsError('INTERRUPTED', {
    operation: `replaying dead letters of ${topic}`,
    detail: 'the letters that were sent are closed, the others are open',
  });
}
