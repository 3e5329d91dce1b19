import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { type OpenLetters, openLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { Place } from '../../pipeline/place.ts';
import type { DeadLetterFilter } from '../../state/dead-letter.ts';
import type { ArgumentSpec, Call, Context, OptionSpec } from '../command/command.ts';
import { listArgument, switchOption, textOption, usage } from '../command/read-call.ts';
import { readMoment } from '../command/times.ts';

/** By what dead letters are chosen, everywhere alike; beside it `dlq list` takes topics and a status. */
export const FILTER_OPTIONS: readonly OptionSpec[] = [
  { flag: '--code', value: 'CODE', summary: 'with this error code, such as MALFORMED_JSON' },
  { flag: '--message-id', value: 'ID', summary: 'of this message id' },
  {
    flag: '--since',
    value: 'TIME',
    summary: 'received at or after: 2024-02-01, 2024-02-01T10:00:00Z, 24h, 7d',
  },
  { flag: '--until', value: 'TIME', summary: 'received before' },
];

export const CHOICE_ARGUMENT: ArgumentSpec = {
  name: 'ID',
  summary: 'these dead letters, as `dlq list` names them',
  required: false,
  variadic: true,
};

export const CHOICE_OPTIONS: readonly OptionSpec[] = [
  { flag: '--topic', value: 'TOPIC', summary: 'of this topic', completes: 'topic' },
  ...FILTER_OPTIONS,
  { flag: '--all', summary: 'all open ones' },
];

/** What the filter options say; all of them must hold. Throws USAGE. */
export function filterOf(call: Call, now: bigint): DeadLetterFilter {
  const code = textOption(call, 'code');
  const messageId = textOption(call, 'message-id');
  const since = textOption(call, 'since');
  const until = textOption(call, 'until');
  return {
    ...(code === null ? {} : { errorCode: errorCode(code) }),
    ...(messageId === null ? {} : { messageId }),
    ...(since === null ? {} : { from: readMoment(since, now) }),
    ...(until === null ? {} : { to: readMoment(until, now) }),
  };
}

/** The open dead letters that a call means; one that it names and that is closed is told. Throws USAGE, NOT_FOUND. */
export async function chosenLetters(
  call: Call,
  context: Context,
  workspace: Pick<Place, 'store' | 'clock'>,
): Promise<readonly OpenLetters[]> {
  const chosen = await openLetters(workspace.store, choiceOf(call, workspace.clock()));
  const open = new Set(chosen.flatMap(({ ids }) => ids));
  for (const id of listArgument(call, 'ID')) {
    if (open.has(id)) continue;
    const found = await workspace.store.deadLetter(id);
    if (found === null) throw unknownLetter(id);
    context.terminal.note(`${id} is not chosen: ${found.letter.status}, ${found.letter.errorCode}`);
  }
  return chosen;
}

export function unknownLetter(id: string): LeanOpsError {
  return new LeanOpsError('NOT_FOUND', {
    operation: 'looking for a dead letter',
    detail: `there is none with the id ${id}`,
    remedy: 'See `lean-ops dlq list --status all`.',
  });
}

/** What is to be replayed or discarded: never everything because nothing was said. Throws USAGE. */
function choiceOf(call: Call, now: bigint): DeadLetterFilter {
  const ids = listArgument(call, 'ID');
  const topic = textOption(call, 'topic');
  const filter = {
    ...filterOf(call, now),
    ...(ids.length === 0 ? {} : { ids }),
    ...(topic === null ? {} : { topic }),
  };
  const isNarrow = Object.keys(filter).length > 0;
  if (isNarrow === switchOption(call, 'all'))
    throw usage('say which dead letters: by ID, --topic, --code, --message-id, --since or --until, or --all');
  return filter;
}

/** Throws USAGE. */
export function errorCode(text: string): ErrorCode {
  if (Object.hasOwn(ERRORS, text)) return text as ErrorCode;
  throw usage(`there is no error code ${JSON.stringify(text)}`);
}
