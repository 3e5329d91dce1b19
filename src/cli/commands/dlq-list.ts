import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { DeadLetter, DeadLetterFilter } from '../../state/dead-letter.ts';
import type { StateStore } from '../../state/port.ts';
import { type Call, type CommandSpec, type Context, type Outcome, TOPICS } from '../command/command.ts';
import { countOption, listArgument, textOption, usage } from '../command/read-call.ts';
import { table } from '../terminal/table.ts';
import { counted, moment } from '../terminal/words.ts';
import { deadLetterJson } from '../views/dead-letter-view.ts';
import { FILTER_OPTIONS, filterOf } from '../work/dead-letter-choice.ts';
import { stateTopics } from '../work/topics.ts';
import { withWorkspace } from '../work/workspace.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 1_000;

export const command: CommandSpec = {
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
      does: 'Lists the open ones of orders with that code.',
    },
    { line: 'lean-ops dlq list --since 24h --json', does: 'Lists the last day as JSON.' },
  ],
  answers: true,
  run: (call, context) => withWorkspace(context, (workspace) => listLetters(call, context, workspace)),
};

/** Of either home. */
export async function listLetters(
  call: Call,
  context: Context,
  home: Pick<Workspace, 'clock' | 'topicNames'> & { readonly store: StateStore },
): Promise<Outcome> {
  const topics = listArgument(call, 'TOPIC');
  if (topics.length > 0) await stateTopics(home, topics);
  const limit = countOption(call, 'limit') ?? DEFAULT_LIMIT;
  const filter = { ...filterOf(call, home.clock()), ...statusOf(call) };
  const found = await readLetters(home.store, filter, topics, limit + 1);
  const letters = found.slice(0, limit);
  if (found.length > limit)
    context.terminal.note(`only the first ${counted(limit, 'dead letter')}; --limit shows more`);
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
  const lines =
    letters.length === 0
      ? ['no dead letters']
      : [...table(head, rows), counted(letters.length, 'dead letter')];
  return {
    exit: 0,
    json: { dead_letters: letters.map(deadLetterJson), truncated: found.length > limit },
    lines,
  };
}

function statusOf(call: Call): Pick<DeadLetterFilter, 'status'> {
  const status = textOption(call, 'status') ?? 'open';
  if (status === 'open' || status === 'replayed' || status === 'discarded') return { status };
  if (status === 'all') return {};
  throw usage(`--status takes open, replayed, discarded or all, not ${JSON.stringify(status)}`);
}

/** By topic as asked, each in order of reception. */
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
