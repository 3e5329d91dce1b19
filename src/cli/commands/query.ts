import { type QueryResult, queryWorkspace } from '../../duckdb/tables/query.ts';
import type { CommandSpec, Json } from '../command/command.ts';
import { countOption, textArgument } from '../command/read-call.ts';
import { withWorkspace } from '../place/lend-workspace.ts';
import { type Cell, table } from '../terminal/table.ts';
import { counted } from '../terminal/words.ts';

const DEFAULT_LIMIT = 1_000;
/** At a terminal, in characters. --json and pipes get whole values. */
const MAX_SHOWN = 60;

export const command: CommandSpec = {
  name: 'query',
  summary: 'run one read-only SQL statement over raw.* and semantic.*',
  details:
    "Uses DuckDB's SQL. Each table is read at its current snapshot. Nothing else on the machine can be read.",
  arguments: [{ name: 'SQL', summary: 'one SELECT, SHOW ALL TABLES, DESCRIBE or SUMMARIZE', required: true }],
  options: [{ flag: '--limit', value: 'N', summary: `at most N rows (default ${DEFAULT_LIMIT})` }],
  examples: [
    {
      line: "lean-ops query 'SELECT status, count(*) FROM semantic.orders GROUP BY ALL'",
      does: 'Counts orders by status.',
    },
    { line: "lean-ops query --json 'FROM raw.orders' --limit 5", does: 'Shows five RAW rows as JSON.' },
  ],
  answers: true,
  async run(call, context) {
    const sql = textArgument(call, 'SQL');
    const limit = countOption(call, 'limit') ?? DEFAULT_LIMIT;
    const result = await withWorkspace(context, (workspace) =>
      queryWorkspace(workspace, sql, limit, context.signal),
    );
    if (result.truncated)
      context.terminal.note(`only the first ${counted(limit, 'row')}; --limit shows more`);
    return { exit: 0, json: toJson(result), lines: toLines(result, context.terminal.narrow) };
  },
};

function toJson({ columns, rows, truncated }: QueryResult): Json {
  const objects = rows.map((row) =>
    Object.fromEntries(columns.map(({ name }, at) => [name, row[at] ?? null])),
  );
  return { columns: columns.map(({ name, type }) => ({ name, type })), rows: objects as Json, truncated };
}

function toLines({ columns, rows }: QueryResult, narrow: boolean): readonly string[] {
  const shown = (cell: Cell): Cell =>
    narrow && typeof cell === 'string' && cell.length > MAX_SHOWN ? `${cell.slice(0, MAX_SHOWN)}…` : cell;
  const cells = rows.map((row) => row.map((value) => shown(isCell(value) ? value : JSON.stringify(value))));
  return [
    ...table(
      columns.map(({ name }) => name),
      cells,
    ),
    counted(rows.length, 'row'),
  ];
}

function isCell(value: unknown): value is Cell {
  return value === null || typeof value === 'number' || typeof value === 'string';
}
