import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import type { DeadLetter, DeadLetterFilter } from '../../state/dead-letter.ts';
import type { EmbeddedStore } from '../../state/port.ts';
import type { Call, CommandSpec } from '../command.ts';
import { deadLetterJson } from '../dead-letter-view.ts';
import { countOption, listArgument, textOption, usage } from '../read-call.ts';
import { table } from '../table.ts';
import { readMoment } from '../times.ts';
import { chosenTopics } from '../topics.ts';
import { counted, moment } from '../words.ts';
import { withWorkspace } from '../workspace.ts';

const DEFAULT_LIMIT = 100;
const PAGE = 1_000;

export const command: CommandSpec = {
  name: 'dlq list',
  summary: 'list dead letters: messages that could not enter RAW',
  arguments: [
    {
      name: 'TOPIC',
      summary: 'of these topics (default: all)',
      required: false,
      variadic: true,
      completes: 'topic',
    },
  ],
  options: [
    { flag: '--code', value: 'CODE', summary: 'with this error code, such as MALFORMED_JSON' },
    {
      flag: '--status',
      value: 'STATUS',
      summary: 'open (default), replayed, discarded or all',
      completes: ['open', 'replayed', 'discarded', 'all'],
    },
    { flag: '--message', value: 'ID', summary: 'of this message id' },
    {
      flag: '--since',
      value: 'TIME',
      summary: 'received at or after: 2024-02-01, 2024-02-01T10:00:00Z, 24h, 7d',
    },
    { flag: '--until', value: 'TIME', summary: 'received before' },
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
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = listArgument(call, 'TOPIC');
      if (topics.length > 0) await chosenTopics(workspace, topics);
      const limit = countOption(call, 'limit') ?? DEFAULT_LIMIT;
      const filter = filterOf(call, workspace.clock());
      const found = await readLetters(workspace.store, filter, topics, limit + 1);
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
    }),
};

function filterOf(call: Call, now: bigint): DeadLetterFilter {
  const code = textOption(call, 'code');
  const status = textOption(call, 'status') ?? 'open';
  const messageId = textOption(call, 'message');
  const since = textOption(call, 'since');
  const until = textOption(call, 'until');
  return {
    ...(code === null ? {} : { errorCode: errorCode(code) }),
    ...(status === 'open' || status === 'replayed' || status === 'discarded' ? { status } : {}),
    ...(messageId === null ? {} : { messageId }),
    ...(since === null ? {} : { from: readMoment(since, now) }),
    ...(until === null ? {} : { to: readMoment(until, now) }),
  };
}

function errorCode(text: string): ErrorCode {
  if (Object.hasOwn(ERRORS, text)) return text as ErrorCode;
  throw usage(`there is no error code ${JSON.stringify(text)}`);
}

/** By topic as asked, each in order of reception. */
async function readLetters(
  store: EmbeddedStore,
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
