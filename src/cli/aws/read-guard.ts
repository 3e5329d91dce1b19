import type { CopyAmount } from '../../aws/reading/s3-copies.ts';
import { GIB } from '../../base/bytes.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Call, Context } from '../command/command.ts';
import { confirmed } from '../command/confirm.ts';
import { switchOption, usage } from '../command/read-call.ts';
import { bytes } from '../terminal/words.ts';

/** Read without asking: a minute or two on an office line. */
const FREE_BYTES = GIB;

/** Whoever asks for what `operation` tells is told what it costs before it costs much. */
export function readGuard(
  call: Call,
  context: Context,
  operation: string,
): (more: CopyAmount) => Promise<void> {
  let [before, isAllowed] = [0, false];
  return async (more) => {
    const total = before + more.bytes;
    before = total;
    if (total <= FREE_BYTES || isAllowed) return;
    const cost = `${operation} reads every row of RAW, ${bytes(total)}, from S3`;
    if (context.terminal.confirm === null && !switchOption(call, 'yes'))
      throw usage(`${cost}: say --yes, or name one topic`);
    isAllowed = await confirmed(call, context, `${cost}. Go on?`);
    if (isAllowed) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation,
      detail: `${bytes(total)} of RAW were not read`,
      remedy: 'Name one topic, or ask where the tables are: by Athena, say.',
    });
  };
}
