import type { CopyAmount } from '../../aws/reading/s3-copies.ts';
import { GIB } from '../../base/bytes.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { TableReading } from '../command/command-place.ts';
import { usage } from '../command/read-call.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { bytes } from '../terminal/words.ts';

/** Read without asking: one or two minutes over an office connection of 100 Mbit/s. */
const FREE_BYTES = GIB;

/**
 * Asks the user once before a command copies more than `FREE_BYTES` from S3, counted over all calls. The function that
 * it returns throws USAGE if nobody can be asked, and INTERRUPTED if the answer is no.
 */
export function readGuard(
  { purpose, isAllowed: isAllowedBefore }: TableReading,
  { confirm }: Pick<Terminal, 'confirm'>,
): (more: CopyAmount) => Promise<void> {
  if (purpose === null) return async () => undefined;
  let [total, isAllowed] = [0, isAllowedBefore];
  return async (more) => {
    total += more.bytes;
    if (total <= FREE_BYTES || isAllowed) return;
    const cost = `${purpose} reads every row of RAW, ${bytes(total)}, from S3`;
    if (confirm === null) throw usage(`${cost}: pass --yes, or name one topic`);
    isAllowed = await confirm(`${cost}. Continue?`);
    if (isAllowed) return;
    throw new LeanOpsError('INTERRUPTED', {
      operation: purpose,
      detail: `${bytes(total)} of RAW were not read`,
      remedy: 'Name one topic, or query the tables in AWS, for example with Athena.',
    });
  };
}
