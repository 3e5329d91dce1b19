import { quoteName, quoteText } from '../../engine/parquet/types.ts';
import { queryEngine } from '../../engine/query.ts';
import { withReader } from '../../engine/reader.ts';
import type { Workspace } from '../../engine/workspace/workspace.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import { errorsTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import type { Call, CommandSpec, Json } from '../command.ts';
import { countOption, listArgument, switchOption, textOption } from '../read-call.ts';
import { type Cell, table } from '../table.ts';
import { stateTopics } from '../topics.ts';
import { counted } from '../words.ts';
import { withWorkspace } from '../workspace.ts';

const DEFAULT_LIMIT = 100;

export const command: CommandSpec = {
  name: 'errors',
  summary: 'list rejected rows: messages in RAW that break the contract',
  details:
    'Newest first, with their codes, places and masked values. For messages that could not enter RAW see `dlq list`.',
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
    { flag: '--code', value: 'CODE', summary: 'with this error code, such as CDE_MISSING' },
    { flag: '--redriven', summary: 'also rows that were taken again since' },
    { flag: '--limit', value: 'N', summary: `at most N a topic (default ${DEFAULT_LIMIT})` },
  ],
  examples: [
    { line: 'lean-ops errors orders', does: 'Lists the rejected rows of orders.' },
    {
      line: 'lean-ops errors --code CDE_MISSING --json',
      does: 'Lists rows that lack a critical data element.',
    },
  ],
  answers: true,
  run: (call, context) =>
    withWorkspace(context, async (workspace) => {
      const topics = await withErrors(workspace, await stateTopics(workspace, listArgument(call, 'TOPIC')));
      const limit = countOption(call, 'limit') ?? DEFAULT_LIMIT;
      const found = await readErrors(workspace, topics, filterOf(call), limit, context.signal);
      const full = found.filter(({ truncated }) => truncated).map(({ topic }) => topic);
      if (full.length > 0)
        context.terminal.note(`only the first ${limit} of ${full.join(', ')}; --limit shows more`);
      const rows = found.flatMap(({ topic, rows: each }) => each.map((row) => ({ topic, ...row })));
      return {
        exit: 0,
        json: { errors: rows, truncated: full.length > 0 },
        lines: rows.length === 0 ? ['no rejected rows'] : linesOf(rows),
      };
    }),
};

type ErrorRow = Readonly<Record<string, Json>>;

interface TopicErrors {
  readonly topic: string;
  readonly rows: readonly ErrorRow[];
  readonly truncated: boolean;
}

/** Topics that were never processed have no errors table. */
async function withErrors(workspace: Workspace, topics: readonly string[]): Promise<readonly string[]> {
  const tables = await workspace.catalog.tables();
  return topics.filter((topic) =>
    tables.some(({ namespace, name }) => namespace === SEMANTIC_NAMESPACE && name === errorsTableName(topic)),
  );
}

function filterOf(call: Call): string {
  const code = textOption(call, 'code');
  const conditions = [
    ...(code === null ? [] : [`list_contains(string_split(codes, ', '), ${quoteText(code)})`]),
    ...(switchOption(call, 'redriven') ? [] : ['redriven_batch_id IS NULL']),
  ];
  return conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`;
}

async function readErrors(
  workspace: Workspace,
  topics: readonly string[],
  filter: string,
  limit: number,
  signal: AbortSignal,
): Promise<readonly TopicErrors[]> {
  if (topics.length === 0) return [];
  return withReader(workspace, signal, async (engine) => {
    const found: TopicErrors[] = [];
    for (const topic of topics) {
      const from = `${SEMANTIC_NAMESPACE}.${quoteName(errorsTableName(topic))}`;
      const sql = `SELECT * FROM ${from}${filter} ORDER BY rejected_at DESC, message_id`;
      const { columns, rows, truncated } = await queryEngine(engine, sql, limit);
      const objects = rows.map((row) =>
        Object.fromEntries(columns.map(({ name }, at) => [name, (row[at] ?? null) as Json])),
      );
      found.push({ topic, rows: objects, truncated });
    }
    return found;
  });
}

function linesOf(rows: readonly ErrorRow[]): readonly string[] {
  const shown = ['topic', 'key', 'message_id', 'codes', 'paths', 'masked_values'];
  const cells = rows.map((row) => shown.map((name): Cell => (row[name] ?? null) as Cell));
  const codes = [...new Set(rows.flatMap(({ codes: each }) => String(each).split(', ')))].sort();
  const remedies = codes.filter(isCode).map((code) => `${code}: ${ERRORS[code].remedy}`);
  return [...table(shown, cells), counted(rows.length, 'rejected row'), '', ...remedies];
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
