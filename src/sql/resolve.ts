import { IDEMPOTENCY_KEY, type Plan } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { masked } from './masking.ts';

/** Messages of the batch that share id and time. Exact copies and conflicts occur only among them. */
export const REPEATED_SQL = `SELECT message_id, publish_time FROM raw_batch GROUP BY message_id, publish_time HAVING count(*) > 1`;

/** The rows of repeated messages: the number among exact copies, and the rank of the payload among all. */
export const COPIES_SQL = `SELECT r._rid, row_number() OVER (PARTITION BY r.message_id, r.publish_time, r.json_payload ORDER BY r._rid) AS _copy,
  dense_rank() OVER (PARTITION BY r.message_id, r.publish_time ORDER BY r.json_payload) AS _place
FROM raw_batch r JOIN repeated d ON r.message_id = d.message_id AND r.publish_time = d.publish_time`;

/** Versions with equal id and time, in the order of their masked contract columns, NULL first. */
export function tiesSql(plan: Plan, dialect: Dialect): string {
  const tuple = [
    ...plan.columns.map((column) => maskedColumn(plan, dialect, column.name, 's')),
    idempotencyKey(plan, dialect, 's'),
  ];
  return `SELECT s._rid, row_number() OVER (PARTITION BY s._message_id, s._publish_time ORDER BY ${tuple.map((part) => `${part} ASC NULLS FIRST`).join(', ')}) AS _tie
FROM staged s JOIN copies c ON c._rid = s._rid CROSS JOIN masking_key k
WHERE NOT s._rejected`;
}

/** The newest valid version of each key. */
export function winnersSql(plan: Plan, dialect: Dialect): string {
  const key = keyColumns(plan, dialect).map((column) => `s.${column}`);
  const newest = dialect.maxBy('s._rid', ['s._publish_time', 's._message_id', 'coalesce(t._tie, 0)']);
  return `SELECT ${newest} AS _rid FROM staged s LEFT JOIN ties t ON t._rid = s._rid WHERE NOT s._rejected GROUP BY ${key.join(', ')}`;
}

/** The hash of each value that winners show hashed, once per value: hashing is most of the cost of masking. */
export function hashesSql(plan: Plan, dialect: Dialect): string {
  const each = hashedNames(plan).map((name) => {
    return `SELECT s.${dialect.identifier(name)} AS value FROM staged s JOIN winners w ON w._rid = s._rid`;
  });
  const text = dialect.type({ kind: 'string' });
  const values = each.length > 0 ? each.join(' UNION ALL ') : `SELECT CAST(NULL AS ${text}) AS value`;
  return `SELECT v.value, ${dialect.hmac('v.value')} AS hash FROM (SELECT DISTINCT value FROM (${values}) u WHERE value IS NOT NULL) v CROSS JOIN masking_key k`;
}

/** The winners with their key as the table shows it. */
export function incomingSql(plan: Plan, dialect: Dialect): string {
  const shown = winnerColumns(plan, dialect, plan.key);
  const key = shown.columns.map((column, index) => `${column} AS _key${index}`);
  return `SELECT s._rid, s._publish_time, s._message_id, ${key.join(', ')}
FROM staged s JOIN winners w ON w._rid = s._rid ${shown.joins}`;
}

/** Winners whose key is already in the table, and how they compare with its row by time and id. */
export function matchesSql(plan: Plan, dialect: Dialect): string {
  const newer = `i._publish_time > t._publish_time OR (i._publish_time = t._publish_time AND i._message_id > t._message_id)`;
  const same = `i._publish_time = t._publish_time AND i._message_id = t._message_id`;
  return `SELECT i._rid, ${locator(dialect, 't')}CASE WHEN ${newer} THEN 'updated' WHEN ${same} THEN 'same' ELSE 'stale' END AS _order
FROM target t JOIN incoming i ON ${keyMatch(plan, dialect)}`;
}

/** Winners with the id and time of the table's row, compared column by column; NULL is smallest. */
export function sameSql(plan: Plan, dialect: Dialect): string {
  const comparisons = [...plan.columns.map((column) => column.name), IDEMPOTENCY_KEY].map((name) => {
    const left = maskedColumn(plan, dialect, name, 's');
    const right = `t.${dialect.identifier(name)}`;
    return `WHEN ${dialect.differs(left, right)} THEN CASE WHEN ${left} IS NULL THEN 'stale' WHEN ${right} IS NULL OR ${left} > ${right} THEN 'updated' ELSE 'stale' END`;
  });
  return `SELECT s._rid, CASE ${comparisons.join('\n  ')} ELSE 'duplicate' END AS _order
FROM target t JOIN incoming i ON ${keyMatch(plan, dialect)}
JOIN matches m ON m._rid = i._rid AND m._order = 'same' JOIN staged s ON s._rid = i._rid CROSS JOIN masking_key k`;
}

/** The fate of each winner: inserted, updated, stale or duplicate. */
export function verdictsSql(dialect: Dialect): string {
  return `SELECT i._rid, ${locator(dialect, 'm')}CASE WHEN m._rid IS NULL THEN 'inserted' WHEN m._order = 'same' THEN s._order ELSE m._order END AS _fate
FROM incoming i LEFT JOIN matches m ON m._rid = i._rid LEFT JOIN same s ON s._rid = i._rid`;
}

/** The rows to write, in the table's column order. */
export function upsertsSql(plan: Plan, dialect: Dialect): string {
  const names = [...plan.columns.map(({ name }) => name), IDEMPOTENCY_KEY];
  const shown = winnerColumns(plan, dialect, names);
  const columns = names.map((name, index) => `${shown.columns[index]} AS ${dialect.identifier(name)}`);
  const key = columns.pop();
  return `SELECT ${columns.join(',\n  ')},
  s._message_id AS _message_id, s._publish_time AS _publish_time, ${key},
  b.batch_id AS _batch_id, b.contract_version AS _contract_version
FROM staged s ${shown.joins} JOIN verdicts v ON v._rid = s._rid AND v._fate IN ('inserted', 'updated') CROSS JOIN batch_info b`;
}

/** Columns of winners in `staged` as `s`, as tables show them, and the joins that bring their hashes. */
export function winnerColumns(
  plan: Plan,
  dialect: Dialect,
  names: readonly string[],
): { readonly columns: readonly string[]; readonly joins: string } {
  const hashed = hashedNames(plan);
  const joins: string[] = [];
  const columns = names.map((name) => {
    if (!hashed.includes(name)) return maskedColumn(plan, dialect, name, 's');
    const alias = `h${joins.length}`;
    joins.push(`LEFT JOIN hashes ${alias} ON ${alias}.value = s.${dialect.identifier(name)}`);
    return `${alias}.hash`;
  });
  return { columns, joins: joins.join(' ') };
}

function hashedNames(plan: Plan): readonly string[] {
  const columns = plan.columns.filter(({ masking }) => masking?.kind === 'hash').map(({ name }) => name);
  return plan.hashIdempotencyKey ? [...columns, IDEMPOTENCY_KEY] : columns;
}

/** The locator columns of the rows that updates replace. */
export function removalsSql(dialect: Dialect): string {
  return `SELECT ${dialect.locator.join(', ')} FROM verdicts WHERE _fate = 'updated'`;
}

/** A column of a relation with the columns of `staged`, as tables show it. Hashing reads `masking_key` as `k`. */
export function maskedColumn(plan: Plan, dialect: Dialect, name: string, relation: string): string {
  if (name === IDEMPOTENCY_KEY) return idempotencyKey(plan, dialect, relation);
  const value = `${relation}.${dialect.identifier(name)}`;
  const column = plan.columns.find((candidate) => candidate.name === name);
  return column?.masking ? masked(dialect, column.masking, value) : value;
}

function idempotencyKey(plan: Plan, dialect: Dialect, relation: string): string {
  const value = `${relation}.${IDEMPOTENCY_KEY}`;
  return plan.hashIdempotencyKey ? dialect.hmac(value) : value;
}

function keyColumns(plan: Plan, dialect: Dialect): readonly string[] {
  return plan.key.map((name) => dialect.identifier(name));
}

function keyMatch(plan: Plan, dialect: Dialect): string {
  return keyColumns(plan, dialect)
    .map((column, index) => `t.${column} = i._key${index}`)
    .join(' AND ');
}

function locator(dialect: Dialect, relation: string): string {
  return dialect.locator.map((column) => `${relation}.${column}, `).join('');
}
