import type { Masking } from '../contract/model.ts';
import type { Plan, PlanColumn } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { gateRule, gateViolation } from './gates.ts';
import { masked } from './masking.ts';
import { PLAN_INPUTS, type Relation } from './relation.ts';
import { maskedColumn } from './resolve.ts';
import { codeColumn } from './stage.ts';

/** Characters. Longer values are cut in the errors table, because it explains and does not archive. */
const MAX_SHOWN_VALUE = 200;

/** What findings are made from. */
export interface RejectedFrom {
  /** Rows as `stagedSql` returns them. */
  readonly staged: Relation;
  /** `_rid` and `json_payload` of the rejected rows, and possibly of others. */
  readonly evidence: Relation;
  /** The contract version that judges the rows: a number, or a relation of one row with `contract_version`. */
  readonly version: number | Relation;
}

/** The errors of each rejected row, in the columns of the errors table. Reads `masking_key` too. */
export function rejectedSql(plan: Plan, dialect: Dialect, from: RejectedFrom): string {
  const rejecting = plan.columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => column.rejects);
  if (rejecting.length === 0) return emptyRejected(dialect, from);
  const { staged, evidence } = from;
  const version = judgingVersion(from);
  const each = (give: (column: PlanColumn, code: string, token: string) => string) =>
    rejecting
      .map(
        ({ column, index }, position) =>
          `CASE WHEN s.${codeColumn(index)} IS NOT NULL THEN ${give(column, `s.${codeColumn(index)}`, dialect.element('r._tokens', position))} END`,
      )
      .join(', ');
  const values = each(
    (column, _code, token) =>
      `${dialect.text(`${JSON.stringify(column.displayPath)}:`)} || ${shownValue(dialect, column.masking, `nullif(${token}, 'null')`)}`,
  );
  const key = plan.key.map(
    (name) =>
      `coalesce(CAST(${maskedColumn(plan, dialect, name, 's')} AS ${dialect.type({ kind: 'string' })}), '')`,
  );
  const paths = rejecting.map(({ column }) => column.path);
  return `SELECT *, ${dialect.sha256(`concat_ws(' ', message_id, CAST(${dialect.toMicros('publish_time')} AS ${dialect.type({ kind: 'string' })}), idempotency_key, key, codes, paths, masked_values, CAST(contract_version AS ${dialect.type({ kind: 'string' })}))`)} AS error_id
FROM (SELECT s._rid, s._message_id AS message_id, s._publish_time AS publish_time, ${maskedColumn(plan, dialect, '_idempotency_key', 's')} AS idempotency_key,
  concat_ws(' | ', ${key.join(', ')}) AS key,
  concat_ws(', ', ${each((_column, code) => code)}) AS codes,
  concat_ws(', ', ${each((column) => dialect.text(column.displayPath))}) AS paths,
  concat_ws(', ', ${each((column, code) => ruleText(dialect, column, code))}) AS rules,
  '{' || concat_ws(',', ${values}) || '}' AS masked_values,
  ${version.column}
FROM ${staged.name} s
JOIN (SELECT _rid, ${dialect.tokens('json_payload', paths)} AS _tokens FROM ${evidence.name}) r ON r._rid = s._rid
CROSS JOIN ${PLAN_INPUTS.maskingKey.name} k${version.join}
WHERE s._rejected) e`;
}

function judgingVersion({ version }: RejectedFrom): { readonly column: string; readonly join: string } {
  if (typeof version === 'number') return { column: `${version} AS contract_version`, join: '' };
  return { column: 'b.contract_version', join: ` CROSS JOIN ${version.name} b` };
}

/** If no column can reject, nothing is rejected; the columns are the same. */
function emptyRejected(dialect: Dialect, from: RejectedFrom): string {
  const version = judgingVersion(from);
  const text = (name: string) => `CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS ${name}`;
  return `SELECT s._rid, s._message_id AS message_id, s._publish_time AS publish_time, s._idempotency_key AS idempotency_key,
  ${['key', 'codes', 'paths', 'rules', 'masked_values'].map(text).join(', ')}, ${version.column}, ${text('error_id')}
FROM ${from.staged.name} s${version.join} WHERE false`;
}

/** The rejected rows whose finding is new, one per finding, in the errors table's column order. */
export function errorRowsSql(dialect: Dialect): string {
  return `SELECT r.error_id, r.message_id, r.publish_time, r.idempotency_key, r.key, r.codes, r.paths, r.rules, r.masked_values, r.contract_version,
  b.batch_id, b.created_at AS rejected_at, CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS redriven_batch_id
FROM rejected r JOIN (SELECT min(_rid) AS _rid FROM rejected GROUP BY error_id) f ON f._rid = r._rid CROSS JOIN batch_info b
WHERE NOT EXISTS (SELECT 1 FROM known_errors e WHERE e.error_id = r.error_id)`;
}

/**
 * The payloads of the rows that findings show, read once, because payloads are most of RAW. The condition on times
 * excludes no row: engines can check it before they unpack a payload, which they cannot do for `_rid`.
 */
export const EVIDENCE_SQL = `SELECT _rid, json_payload FROM raw_batch
WHERE _rid IN (${ofShownRows('_rid')}) AND publish_time IN (${ofShownRows('_publish_time')})`;

function ofShownRows(column: string): string {
  return `SELECT ${column} FROM shapes UNION SELECT ${column} FROM breaks UNION SELECT ${column} FROM staged WHERE _rejected`;
}

/** A violating value as a JSON token, masked as its column is. */
function shownValue(dialect: Dialect, masking: Masking | null, token: string): string {
  const quoted = (text: string) => dialect.quote(text);
  const plainText = `CASE WHEN left(${token}, 1) = '"' THEN ${dialect.unquote(token)} ELSE ${token} END`;
  const shown =
    masking === null
      ? `CASE WHEN length(${token}) <= ${MAX_SHOWN_VALUE} THEN ${token} ELSE ${quoted(`left(${token}, ${MAX_SHOWN_VALUE}) || '…'`)} END`
      : quoted(masking.kind === 'null' ? `'***'` : masked(dialect, masking, plainText));
  return `coalesce(CASE WHEN ${token} IS NOT NULL THEN ${shown} END, 'null')`;
}

function ruleText(dialect: Dialect, column: PlanColumn, code: string): string {
  const rules = new Map<string, string>();
  if (column.missing !== null)
    rules.set(
      column.missing,
      column.missing === 'CDE_MISSING'
        ? 'criticalDataElement'
        : column.missing === 'KEY_MISSING'
          ? 'primaryKey'
          : 'required',
    );
  for (const gate of column.gates) {
    const { code: broken } = gateViolation(dialect, gate, 'value', column.type);
    rules.set(broken, rules.has(broken) ? `${rules.get(broken)} | ${gateRule(gate)}` : gateRule(gate));
  }
  const cases = [...rules].map(([broken, rule]) => `WHEN '${broken}' THEN ${dialect.text(rule)}`).join(' ');
  const type = dialect.text(`type ${column.type.kind}`);
  return cases === '' ? type : `CASE ${code} ${cases} ELSE ${type} END`;
}
