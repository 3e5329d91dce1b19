import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { type OpenLetters, openLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { DeadLetterFilter } from '../../state/dead-letter.ts';
import type { ArgumentSpec, Call, Context, OptionSpec } from './command.ts';
import type { CommandPlace } from './command-place.ts';
import { listArgument, switchOption, textOption, usage } from './read-call.ts';
import { readMoment } from './times.ts';

/** Options that select dead letters, the same for every command; `dlq list` also takes topics and a status. */
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
  summary: 'ids of dead letters, as `dlq list` shows them',
  required: false,
  variadic: true,
};

export const CHOICE_OPTIONS: readonly OptionSpec[] = [
  { flag: '--topic', value: 'TOPIC', summary: 'of this topic', completes: 'topic' },
  ...FILTER_OPTIONS,
  { flag: '--all', summary: 'all open dead letters' },
];

/** The filter that the options select; all of them must match. `now`: microseconds since 1970. Throws USAGE. */
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

/** The open dead letters that a call selects. Prints a note for each named letter that is closed. Throws USAGE, NOT_FOUND. */
export async function chosenLetters(
  call: Call,
  context: Context,
  place: CommandPlace,
): Promise<readonly OpenLetters[]> {
  const chosen = await openLetters(place.store, choiceOf(call, place.clock()));
  const open = new Set(chosen.flatMap(({ ids }) => ids));
  for (const id of listArgument(call, 'ID')) {
    if (open.has(id)) continue;
    const found = await place.store.deadLetter(id);
    if (found === null) throw unknownLetter(id, place);
    context.terminal.note(
      `${id} is skipped: it is already ${found.letter.status} (${found.letter.errorCode})`,
    );
  }
  return chosen;
}

/** NOT_FOUND for a dead letter, with the command that lists them in this place. */
export function unknownLetter(id: string, { commandLine }: Pick<CommandPlace, 'commandLine'>): LeanOpsError {
  return new LeanOpsError('NOT_FOUND', {
    operation: 'looking for a dead letter',
    detail: `no dead letter has the id ${id}`,
    remedy: `See \`${commandLine('dlq list --status all')}\`.`,
  });
}

/** What to replay or discard. Without any option the call is refused: nothing means everything. Throws USAGE. */
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
    throw usage(
      'select dead letters by ID, --topic, --code, --message-id, --since or --until, or pass --all',
    );
  return filter;
}

/** Throws USAGE. */
export function errorCode(text: string): ErrorCode {
  if (Object.hasOwn(ERRORS, text)) return text as ErrorCode;
  throw usage(`there is no error code ${JSON.stringify(text)}`);
}
