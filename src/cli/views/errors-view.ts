import { quoteText } from '../../duckdb/parquet/types.ts';
import type { QueryResult } from '../../duckdb/tables/query.ts';
import { remedyFor } from '../../errors/remedy.ts';
import type { PlaceName } from '../../errors/spec.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import type { Call, Json, Outcome } from '../command/command.ts';
import { countOption, switchOption, textOption } from '../command/read-call.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Terminal } from '../terminal/terminal.ts';
import { counted } from '../terminal/words.ts';

export const DEFAULT_LIMIT = 100;

/** Which rows of an errors table a call asks for. */
export interface ErrorsQuestion {
  /** ` WHERE …`, or empty. */
  readonly filter: string;
  readonly by: string;
  readonly ties: string;
  readonly limit: number;
}

/** The rows of one topic. */
export interface TopicErrors {
  readonly topic: string;
  readonly found: QueryResult;
}

/** The rows that the options of `errors` ask for. Throws USAGE. */
export function errorsQuestion(call: Call): ErrorsQuestion {
  const code = textOption(call, 'code');
  const conditions = [
    ...(code === null ? [] : [`list_contains(string_split(codes, ', '), ${quoteText(code)})`]),
    ...(switchOption(call, 'redriven') ? [] : ['redriven_batch_id IS NULL']),
  ];
  return {
    filter: conditions.length === 0 ? '' : ` WHERE ${conditions.join(' AND ')}`,
    by: 'rejected_at',
    ties: 'message_id',
    limit: countOption(call, 'limit') ?? DEFAULT_LIMIT,
  };
}

/** `place` decides which remedies the reader gets. */
export function errorsOutcome(
  all: readonly TopicErrors[],
  limit: number,
  terminal: Terminal,
  place: PlaceName,
): Outcome {
  const full = all.filter(({ found }) => found.truncated).map(({ topic }) => topic);
  if (full.length > 0) terminal.note(`only the first ${limit} of ${full.join(', ')}; --limit shows more`);
  const rows = all.flatMap(({ topic, found: { columns, rows: each } }) =>
    each.map((row): ErrorRow => {
      const entries = columns.map(({ name }, at) => [name, (row[at] ?? null) as Json]);
      return { topic, ...Object.fromEntries(entries) };
    }),
  );
  return {
    exit: 0,
    json: { errors: rows, truncated: full.length > 0 },
    lines: rows.length === 0 ? ['no rejected rows'] : linesOf(rows, place),
  };
}

type ErrorRow = Readonly<Record<string, Json>>;

function linesOf(rows: readonly ErrorRow[], place: PlaceName): readonly string[] {
  const shown = ['topic', 'key', 'message_id', 'codes', 'paths', 'masked_values'];
  const cells = rows.map((row) => shown.map((name): Cell => (row[name] ?? null) as Cell));
  const codes = [...new Set(rows.flatMap(({ codes: each }) => String(each).split(', ')))].sort();
  const remedies = codes.filter(isCode).map((code) => `${code}: ${remedyFor(code, place)}`);
  return [...table(shown, cells), counted(rows.length, 'rejected row'), '', ...remedies];
}

function isCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERRORS, text);
}
