import type { Topic } from '../contract/model.ts';
import { LeanOpsError } from '../errors/error.ts';
import type { Outcome, Reception } from './reception.ts';

/**
 * The one function that both homes call: one message's bytes `[start, end)` become a RAW record or a refusal with
 * code and byte offset (relative to `start`). Never throws on data. The result is valid until the next call.
 */
export function receive(
  _bytes: Uint8Array,
  _start: number,
  _end: number,
  _topic: Topic,
  _reception: Reception,
): Outcome {
  throw new LeanOpsError('INTERNAL', { operation: 'receiving a message', detail: 'not built yet' });
}
