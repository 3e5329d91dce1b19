import type { DeadLetter, DeadLetterFilter } from '../../state/dead-letter.ts';
import type { StateStore } from '../../state/port.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type Call, type PlaceCommand, TOPICS } from '../command/command.ts';
import { FILTER_OPTIONS, filterOf } from '../command/dead-letter-choice.ts';
import { countOption, listArgument, textOption, usage } from '../command/read-call.ts';
import { table } from '../terminal/table.ts';
import { counted, moment } from '../terminal/words.ts';
import { deadLetterJson } from '../views/dead-letter-view.ts';

const DEFAULT_LIMIT = 100;
/** Letters that are read from the store at once. */
const PAGE = 1_000;

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'dlq list',
  summary: 'list dead letters: messages that could not enter RAW',
  arguments: [TOPICS],
  options: [
    ...FILTER_OPTIONS,
    {
      flag: '--status',
      value: 'STATUS',
      summary: 'open (default), replayed, discarded or all',
      completes: ['open', 'replayed', 'discarded', 'all'],
    },
    { flag: '--limit', value: 'N', summary: `at most N (default ${DEFAULT_LIMIT})` },
  ],
  examples: [
    {
      line: 'lean-ops dlq list orders --code MALFORMED_JSON',
      does: 'Lists the open dead letters of orders with that code.',
    },
    {
      line: 'lean-ops dlq list --since 24h --json',
      does: 'Lists the dead letters of the last 24 hours as JSON.',
    },
  ],
  answers: true,
  run: async (call, { terminal }, place) => {
    const topics = listArgument(call, 'TOPIC');
    if (topics.length > 0) await stateTopics(place, topics);
    const limit = countOption(call, 'limit') ?? DEFAULT_LIMIT;
    const filter = { ...filterOf(call, place.clock()), ...statusOf(call) };
    const found = await readLetters(place.store, filter, topics, limit + 1);
    const letters = found.slice(0, limit);
    if (found.length > limit)
      terminal.note(`only the first ${counted(limit, 'dead letter')} are listed; --limit shows more`);
    return {
      exit: 0,
      json: { dead_letters: letters.map(deadLetterJson), truncated: found.length > limit },
      lines: linesOf(letters),
    };
  },
};

function linesOf(letters: readonly DeadLetter[]): readonly string[] {
  if (letters.length === 0) return ['no dead letters'];
  const head = ['id', 'topic', 'code', 'status', 'received', 'message id', 'size', 'error'];
  const rows = letters.map((letter) => [
    letter.id,
    letter.topic,
    letter.errorCode,
    letter.status,
    moment(letter.firstReceivedAt),
    letter.messageId,
    letter.bodySize,
    letter.errorMessage,
  ]);
  return [...table(head, rows), counted(letters.length, 'dead letter')];
}

function statusOf(call: Call): Pick<DeadLetterFilter, 'status'> {
  const status = textOption(call, 'status') ?? 'open';
  if (status === 'open' || status === 'replayed' || status === 'discarded') return { status };
  if (status === 'all') return {};
  throw usage(`--status takes open, replayed, discarded or all, not ${JSON.stringify(status)}`);
}

/** By topic in the order of the call; within a topic in order of reception. */
async function readLetters(
  store: StateStore,
  filter: DeadLetterFilter,
  topics: readonly string[],
  limit: number,
): Promise<readonly DeadLetter[]> {
  const filters = topics.length === 0 ? [filter] : topics.map((topic) => ({ ...filter, topic }));
  const letters: DeadLetter[] = [];
  for (const each of filters) {
    let after: string | null = null;
    do {
      const page = await store.deadLetters(each, Math.min(PAGE, limit - letters.length), after);
      letters.push(...page.items);
      after = page.next;
    } while (after !== null && letters.length < limit);
    if (letters.length >= limit) break;
  }
  return letters;
}
