import type { Masking } from '../contract/model.ts';
import type { KnownObject } from '../semantic/known-objects.ts';
import type { Plan, PlanColumn } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { missingMembers, unknownVersions } from './drift-paths.ts';
import { gateRule, gateViolation } from './gates.ts';
import { masked } from './masking.ts';
import { maskedColumn } from './resolve.ts';
import { codeColumn } from './stage.ts';

/** More paths than this in one batch are counted in one overflow row (DESIGN 6.7). */
const MAX_DRIFT_PATHS = 1000;
/** Longer values are cut in the errors table: it explains, it does not archive. */
const MAX_SHOWN_VALUE = 200;
/** Payloads of more shapes than this have names for values; the rows beyond are counted, not looked at. */
const MAX_SHAPES = 10_000;
const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_-]{0,62}';

/** What is wrong with each rejected row, as the errors table says it. */
export function rejectedSql(plan: Plan, dialect: Dialect): string {
  const rejecting = plan.columns
    .map((column, index) => ({ column, index }))
    .filter(({ column }) => column.rejects);
  if (rejecting.length === 0) return emptyRejected(dialect);
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
  b.contract_version
FROM staged s
JOIN (SELECT _rid, ${dialect.tokens('json_payload', paths)} AS _tokens FROM evidence) r ON r._rid = s._rid
CROSS JOIN masking_key k CROSS JOIN batch_info b
WHERE s._rejected) e`;
}

/** No column can reject, so nothing is rejected; the columns are those of the full form. */
function emptyRejected(dialect: Dialect): string {
  const text = (name: string) => `CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS ${name}`;
  return `SELECT s._rid, s._message_id AS message_id, s._publish_time AS publish_time, s._idempotency_key AS idempotency_key,
  ${['key', 'codes', 'paths', 'rules', 'masked_values'].map(text).join(', ')}, b.contract_version, ${text('error_id')}
FROM staged s CROSS JOIN batch_info b WHERE false`;
}

/** The rejected rows whose finding is new, one for each finding, in the errors table's column order. */
export function errorRowsSql(dialect: Dialect): string {
  return `SELECT r.error_id, r.message_id, r.publish_time, r.idempotency_key, r.key, r.codes, r.paths, r.rules, r.masked_values, r.contract_version,
  b.batch_id, b.created_at AS rejected_at, CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS redriven_batch_id
FROM rejected r JOIN (SELECT min(_rid) AS _rid FROM rejected GROUP BY error_id) f ON f._rid = r._rid CROSS JOIN batch_info b
WHERE NOT EXISTS (SELECT 1 FROM known_errors e WHERE e.error_id = r.error_id)`;
}

/** The commonest shapes of payloads, each shown by its newest row: engines read RAW in orders of their own. */
export function shapesSql(dialect: Dialect): string {
  return `SELECT ${dialect.maxBy('r._rid', ['r.message_id', 'coalesce(c._place, 0)'])} AS _rid, max(f._rows) AS _rows
FROM (SELECT payload_shape, count(*) AS _rows, max(publish_time) AS _newest FROM raw_batch
  GROUP BY payload_shape ORDER BY _rows DESC, payload_shape LIMIT ${MAX_SHAPES}) f
JOIN raw_batch r ON r.payload_shape = f.payload_shape AND r.publish_time = f._newest
LEFT JOIN copies c ON c._rid = r._rid GROUP BY f.payload_shape`;
}

/** Broken gates: column by place in the contract, code, rows, the newest row that shows it. */
export function breaksSql(plan: Plan, dialect: Dialect): string {
  const long = dialect.type({ kind: 'long' });
  const shown = dialect.maxBy('s._rid', ['s._publish_time', 's._message_id', 'coalesce(c._place, 0)']);
  const each = plan.columns.map((_column, index) => {
    const code = codeColumn(index);
    return `SELECT ${index} AS _column, ${code} AS kind, CAST(count(*) AS ${long}) AS row_count, ${shown} AS _rid
  FROM staged s LEFT JOIN copies c ON c._rid = s._rid
  WHERE ${code} IS NOT NULL AND ${code} NOT IN ('REQUIRED_MISSING', 'CDE_MISSING', 'KEY_MISSING') GROUP BY ${code}`;
  });
  return each.join('\n  UNION ALL ');
}

/** The payloads that findings are shown by, read once: they lie apart in RAW, and payloads are most of it. */
export const EVIDENCE_SQL = `SELECT _rid, json_payload FROM raw_batch
WHERE _rid IN (SELECT _rid FROM shapes UNION SELECT _rid FROM breaks UNION SELECT _rid FROM staged WHERE _rejected)`;

/** Drift of the batch, in the drift table's column order. */
export function driftRowsSql(plan: Plan, dialect: Dialect): string {
  const found = [
    ...plan.objects.map((object) => unknownMembers(dialect, object)),
    ...plan.objects.filter((object) => object.path.length > 0).map((object) => wrongObject(dialect, object)),
    ...plan.objects.flatMap((object) => missingMembers(dialect, object, objectsOf(dialect, object))),
    unknownVersions(plan, dialect),
    brokenGates(plan, dialect),
  ];
  const long = dialect.type({ kind: 'long' });
  const unseen = `((SELECT count(*) FROM raw_batch) - (SELECT CAST(sum(_rows) AS ${long}) FROM shapes))`;
  return `WITH ranked AS (
  SELECT path, kind, CAST(sum(row_count) AS ${long}) AS row_count, min(sample) AS sample, row_number() OVER (ORDER BY path, kind) AS place
  FROM (${found.join('\n  UNION ALL ')}) f GROUP BY path, kind)
SELECT b.batch_id, d.path, d.kind, d.row_count, d.sample, b.contract_version, b.created_at AS detected_at, b.generation
FROM (SELECT path, kind, row_count, sample FROM ranked WHERE place <= ${MAX_DRIFT_PATHS}
  UNION ALL SELECT '…', 'OVERFLOW', CAST(count(*) AS ${long}), CAST(NULL AS ${dialect.type({ kind: 'string' })}) FROM ranked WHERE place > ${MAX_DRIFT_PATHS} HAVING count(*) > 0
  UNION ALL SELECT '…', 'TOO_MANY_SHAPES', ${unseen}, CAST(NULL AS ${dialect.type({ kind: 'string' })}) WHERE ${unseen} > 0) d
CROSS JOIN batch_info b`;
}

/** Members that the contract does not name, counted once a row. */
function unknownMembers(dialect: Dialect, object: KnownObject): string {
  const shown = `CASE WHEN ${dialect.matches('member', IDENTIFIER)} THEN member ELSE '{key}' END`;
  const path = object.path.length === 0 ? shown : `${dialect.text(`${object.displayPath}.`)} || ${shown}`;
  const known = object.members.map((member) => dialect.text(member)).join(', ');
  return `SELECT path, 'UNKNOWN_PATH' AS kind, CAST(max(_rows) AS ${dialect.type({ kind: 'long' })}) AS row_count, min(sample) AS sample
  FROM (SELECT _rid, _rows, ${path} AS path, ${shape(dialect, dialect.member('_object', 'member'))} AS sample
    FROM ${dialect.members(objectsOf(dialect, object), '_object')} m WHERE member NOT IN (${known})) u GROUP BY _rid, path`;
}

/** Something else where the contract has an object with members. */
function wrongObject(dialect: Dialect, object: KnownObject): string {
  return `SELECT ${dialect.text(object.displayPath)} AS path, 'TYPE_MISMATCH' AS kind, CAST(_rows AS ${dialect.type({ kind: 'long' })}) AS row_count, ${shape(dialect, '_object')} AS sample
  FROM ${objectsOf(dialect, object)} o WHERE left(_object, 1) NOT IN ('n', '{')`;
}

function objectsOf(dialect: Dialect, object: KnownObject): string {
  const token =
    object.path.length === 0
      ? 'e.json_payload'
      : dialect.element(dialect.tokens('e.json_payload', [object.path]), 0);
  return `(SELECT s._rid, s._rows, ${token} AS _object FROM shapes s JOIN evidence e ON e._rid = s._rid)`;
}

function brokenGates(plan: Plan, dialect: Dialect): string {
  const paths = plan.columns.map((column, index) => `WHEN ${index} THEN ${dialect.text(column.displayPath)}`);
  const tokens = plan.columns.map((column, index) => {
    return `WHEN ${index} THEN ${dialect.element(dialect.tokens('e.json_payload', [column.path]), 0)}`;
  });
  return `SELECT path, kind, row_count, ${shape(dialect, '_token')} AS sample
  FROM (SELECT CASE b._column ${paths.join(' ')} END AS path, b.kind, b.row_count, CASE b._column ${tokens.join(' ')} END AS _token
    FROM breaks b JOIN evidence e ON e._rid = b._rid) g`;
}

/** Type, length and character classes of a token: enough to recognise a change, nothing of the value. */
function shape(dialect: Dialect, token: string): string {
  const inner = `(length(${token}) - 2)`;
  const has = (pattern: string, word: string) =>
    `CASE WHEN ${dialect.matches(`substr(${token}, 2, ${inner})`, `(?s).*${pattern}.*`)} THEN '${word}' END`;
  const classes = `concat_ws(' ', ${has('[a-z]', 'lower')}, ${has('[A-Z]', 'upper')}, ${has('[0-9]', 'digit')}, ${has('[^A-Za-z0-9]', 'other')})`;
  return (
    `CASE left(${token}, 1) WHEN '"' THEN 'string(' || ${inner} || ') ' || ${classes} WHEN '{' THEN 'object' WHEN '[' THEN 'array' ` +
    `WHEN 't' THEN 'boolean' WHEN 'f' THEN 'boolean' WHEN 'n' THEN 'null' ELSE 'number(' || length(${token}) || ')' END`
  );
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
