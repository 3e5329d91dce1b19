import { INEXACT_OVERFLOW } from '../raw/inexact-paths.ts';
import type { Plan, PlanColumn } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { gateViolation } from './gates.ts';
import { columnReading, type Violation } from './readings.ts';
import type { Relation } from './relation.ts';

/** Column of `staged` with the code of a column's violation; NULL if there is none. */
export const codeColumn = (index: number): string => `_code${index}`;

/** What rows are staged from. */
export interface StagedFrom {
  /** RAW's columns and `_rid`. */
  readonly raw: Relation;
  /** `_rid` and `_copy`, from 1: copies after the first are left out. null: every row is staged. */
  readonly copies: Relation | null;
}

/**
 * RAW rows as the contract reads them: one typed column per contract column (NULL if the value is a violation), one
 * code per column, `_rejected`. Levels follow one another as subqueries, so that no expression is written twice.
 */
export function stagedSql(plan: Plan, dialect: Dialect, { raw, copies }: StagedFrom): string {
  const columns = plan.columns.map((column, index) => levelsOf(dialect, column, index));
  // Each with a comma before it, because a plan may have no columns: the key plan of a topic without a primary key.
  const level = (pick: (column: ColumnLevels) => string) =>
    columns.map((column) => `,\n    ${pick(column)}`).join('');
  const rejecting = plan.columns.flatMap((column, index) =>
    column.rejects ? [`${codeColumn(index)} IS NOT NULL`] : [],
  );
  const paths = plan.columns.map((column) => column.path);
  return `SELECT _rid, _message_id, _publish_time, _idempotency_key${level((column) => column.final)}${level((column) => column.codeName)},
    ${rejecting.length > 0 ? rejecting.join(' OR ') : 'false'} AS _rejected
FROM (SELECT *${level((column) => column.code)}
  FROM (SELECT *${level((column) => column.value)}
  FROM (SELECT *${level((column) => column.lexical)}
  FROM (SELECT *${level((column) => column.plain)}
  FROM (SELECT *${level((column) => column.text)}
  FROM (SELECT _rid, _message_id, _publish_time, _idempotency_key, _inexact${level((column) => column.token)}
  FROM (SELECT r._rid, r.message_id AS _message_id, r.publish_time AS _publish_time,
      r.idempotency_key AS _idempotency_key, r.inexact_number_paths AS _inexact,
      ${dialect.tokens('r.json_payload', paths)} AS _tokens
    FROM ${raw.name} r${withoutCopies(copies)}) x0) x1) x2) x3) x4) x5) x6`;
}

function withoutCopies(copies: Relation | null): string {
  if (copies === null) return '';
  return `\n    WHERE r._rid NOT IN (SELECT _rid FROM ${copies.name} WHERE _copy > 1)`;
}

interface ColumnLevels {
  readonly token: string;
  readonly text: string;
  readonly plain: string;
  readonly lexical: string;
  readonly value: string;
  readonly code: string;
  readonly final: string;
  readonly codeName: string;
}

function levelsOf(dialect: Dialect, column: PlanColumn, index: number): ColumnLevels {
  const reading = columnReading(dialect, column);
  const [token, text, plain, lexical, value] = [
    `_t${index}`,
    `_s${index}`,
    `_p${index}`,
    `_l${index}`,
    `_v${index}`,
  ];
  const inexact = inexactTest(dialect, column, token);
  const late = [
    ...reading.range({ value, text, inexact }),
    ...column.gates.map((gate) => gateViolation(dialect, gate, value, column.type)),
  ];
  const missing = column.missing === null ? 'NULL' : `'${column.missing}'`;
  const early = reading.lexical({ token, text, plain, inexact });
  const code = codeColumn(index);
  return {
    token: `nullif(${dialect.element('_tokens', index)}, 'null') AS ${token}`,
    text: `${reading.text(token)} AS ${text}`,
    plain: `${reading.plain === null ? text : reading.plain(text)} AS ${plain}`,
    lexical: `CASE WHEN ${token} IS NULL THEN ${missing} ${whens(early)} END AS ${lexical}`,
    value: `CASE WHEN ${lexical} IS NULL THEN ${reading.value(plain)} END AS ${value}`,
    code:
      late.length === 0
        ? `${lexical} AS ${code}`
        : `CASE WHEN ${lexical} IS NOT NULL OR ${token} IS NULL THEN ${lexical} ${whens(late)} END AS ${code}`,
    final:
      late.length === 0
        ? `${value} AS ${dialect.identifier(column.name)}`
        : `CASE WHEN ${code} IS NULL THEN ${value} END AS ${dialect.identifier(column.name)}`,
    codeName: code,
  };
}

function whens(violations: readonly Violation[]): string {
  return violations.map(({ when, code }) => `WHEN ${when} THEN '${code}'`).join(' ');
}

/** Whether the scanner found that the engines do not print the number at the column's path exactly. */
function inexactTest(dialect: Dialect, column: PlanColumn, token: string): string {
  const listed = `contains(' ' || _inexact || ' ', ${dialect.text(` ${column.inexactPath} `)})`;
  return `(_inexact IS NOT NULL AND ${token} NOT LIKE '"%' AND (${listed} OR right(_inexact, 1) = '${INEXACT_OVERFLOW}'))`;
}
