import { formatPath } from '../contract/path.ts';
import type { Plan } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';
import { codeColumn } from './stage.ts';

/**
 * Drift, over all rows of the batch. Rows of one payload shape have the same members, so one row represents its shape.
 * All objects that the contract knows are in one relation, because an engine plans and runs each branch of a UNION by
 * itself.
 */

/** If a batch has more paths than this, one overflow row counts the others: the drift table must stay readable. */
const MAX_PATHS = 1000;
/** With more shapes than this, member names are values. Rows of further shapes are counted and not examined. */
const MAX_SHAPES = 10_000;
const IDENTIFIER = '[A-Za-z_][A-Za-z0-9_-]{0,62}';
/** A version of this form is shown unchanged. For any other text, only its length is shown. */
const VERSION = '[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}';
/** A missing value is not a broken gate; it is MISSING_PATH. */
const MISSING_CODES = "'REQUIRED_MISSING', 'CDE_MISSING', 'KEY_MISSING'";

/** The most frequent payload shapes, each with its newest row, because engines read RAW in different orders. */
export function shapesSql(dialect: Dialect): string {
  return `SELECT f.payload_shape, ${dialect.maxBy('r._rid', ['r.message_id', 'coalesce(c._place, 0)'])} AS _rid, max(f._rows) AS _rows, max(f._newest) AS _publish_time
FROM (SELECT payload_shape, count(*) AS _rows, max(publish_time) AS _newest FROM raw_batch
  GROUP BY payload_shape ORDER BY _rows DESC, payload_shape LIMIT ${MAX_SHAPES}) f
JOIN raw_batch r ON r.payload_shape = f.payload_shape AND r.publish_time = f._newest
LEFT JOIN copies c ON c._rid = r._rid GROUP BY f.payload_shape`;
}

/** Broken gates: the column's number in the contract, code, rows, and the newest row that shows it. */
export function breaksSql(plan: Plan, dialect: Dialect): string {
  const codes = plan.columns.map((_column, index) => codeColumn(index));
  const newest = ['b._publish_time', 'b._message_id', 'coalesce(c._place, 0)'];
  return `SELECT b._column, b.kind, count(*) AS row_count, ${dialect.maxBy('b._rid', newest)} AS _rid, max(b._publish_time) AS _publish_time
FROM (SELECT s._rid, s._publish_time, s._message_id, p._column, ${byPlace('p._column', codes)} AS kind
  FROM staged s CROSS JOIN (${places([...codes.keys()], '_column')}) p WHERE coalesce(${codes.join(', ')}) IS NOT NULL) b
LEFT JOIN copies c ON c._rid = b._rid
WHERE b.kind IS NOT NULL AND b.kind NOT IN (${MISSING_CODES}) GROUP BY b._column, b.kind`;
}

/**
 * The values at the paths of the contract's objects, per shape: payload_shape, _rid, _rows, _place (in plan.objects),
 * _object. A shape does not say how long a list is, so every row is read for later elements of lists.
 */
export function objectsSql(plan: Plan, dialect: Dialect): string {
  const tokens = dialect.tokens(
    'e.json_payload',
    plan.objects.map(({ path }) => path),
  );
  const read = (rows: string, join: string, at: readonly number[]): string =>
    `SELECT o.payload_shape, o._rid, o._rows, p._place, ${dialect.element('o._tokens', 'p._place')} AS _object
FROM (SELECT s.payload_shape, e._rid, ${rows} AS _rows, ${tokens} AS _tokens FROM shapes s JOIN ${join}) o CROSS JOIN (${places(at, '_place')}) p`;
  const all = [...plan.objects.keys()];
  const ofRows = all.filter((at) =>
    plan.objects[at]?.path.some((part) => part.kind === 'index' && part.index > 0),
  );
  const ofShapes = read(
    's._rows',
    'evidence e ON e._rid = s._rid',
    all.filter((at) => !ofRows.includes(at)),
  );
  if (ofRows.length === 0) return ofShapes;
  const one = `CAST(1 AS ${dialect.type({ kind: 'long' })})`;
  return `${ofShapes} UNION ALL ${read(one, 'raw_batch e ON e.payload_shape = s.payload_shape', ofRows)}`;
}

/** The members of `objects`: its columns, and member. */
export function membersSql(dialect: Dialect): string {
  return `SELECT * FROM ${dialect.members('objects', '_object')} m`;
}

/** Paths that drifted: path, kind, row_count, sample, place (from 1, ordered by path and kind). */
export function driftedSql(plan: Plan, dialect: Dialect): string {
  const found = [
    unknownMembers(plan, dialect),
    ...wrongObjects(plan, dialect),
    missingMembers(plan, dialect),
    unknownVersions(plan, dialect),
    brokenGates(plan, dialect),
  ];
  return `SELECT path, kind, CAST(sum(row_count) AS ${dialect.type({ kind: 'long' })}) AS row_count, min(sample) AS sample, row_number() OVER (ORDER BY path, kind) AS place
FROM (${found.join('\n  UNION ALL ')}) f GROUP BY path, kind`;
}

/** Drift of the batch, in the drift table's column order. */
export function driftRowsSql(dialect: Dialect): string {
  const long = dialect.type({ kind: 'long' });
  const none = `CAST(NULL AS ${dialect.type({ kind: 'string' })})`;
  const unseen = `((SELECT count(*) FROM raw_batch) - (SELECT CAST(sum(_rows) AS ${long}) FROM shapes))`;
  return `SELECT b.batch_id, d.path, d.kind, d.row_count, d.sample, b.contract_version, b.created_at AS detected_at, b.generation
FROM (SELECT path, kind, row_count, sample FROM drifted WHERE place <= ${MAX_PATHS}
  UNION ALL SELECT '…', 'OVERFLOW', CAST(count(*) AS ${long}), ${none} FROM drifted WHERE place > ${MAX_PATHS} HAVING count(*) > 0
  UNION ALL SELECT '…', 'TOO_MANY_SHAPES', ${unseen}, ${none} WHERE ${unseen} > 0) d
CROSS JOIN batch_info b`;
}

/** Members that the contract does not name, counted once per row. */
function unknownMembers({ objects }: Plan, dialect: Dialect): string {
  const shown = `CASE WHEN ${dialect.matches('member', IDENTIFIER)} THEN member ELSE '{key}' END`;
  const before = objects.map(({ path, displayPath }) =>
    dialect.text(path.length === 0 ? '' : `${displayPath}.`),
  );
  const known = objects.map(({ members }) => `member IN (${members.map(dialect.text).join(', ')})`);
  return `SELECT path, 'UNKNOWN_PATH' AS kind, max(_rows) AS row_count, min(sample) AS sample
  FROM (SELECT _rid, _rows, ${byPlace('_place', before)} || ${shown} AS path, ${shape(dialect, dialect.member('_object', 'member'))} AS sample
    FROM members WHERE NOT ${byPlace('_place', known)}) u GROUP BY _rid, path`;
}

/**
 * Values that are not objects although the contract expects members there; the payload itself is always an object. A
 * shape distinguishes objects from everything else, but not null, which is not drift, from a text or a number. So the
 * rows of such a shape are read.
 */
function wrongObjects({ objects }: Plan, dialect: Dialect): readonly string[] {
  const inner = objects.slice(1);
  if (inner.length === 0) return [];
  const tokens = dialect.tokens(
    'json_payload',
    inner.map(({ path }) => path),
  );
  const paths = inner.map(({ displayPath }) => dialect.text(displayPath));
  return [
    `SELECT ${byPlace('_place', paths)} AS path, 'TYPE_MISMATCH' AS kind, CAST(1 AS ${dialect.type({ kind: 'long' })}) AS row_count, ${shape(dialect, '_object')} AS sample
  FROM (SELECT p._place, ${dialect.element('t._tokens', 'p._place')} AS _object FROM (SELECT ${tokens} AS _tokens FROM raw_batch
    WHERE payload_shape IN (SELECT payload_shape FROM objects WHERE _place > 0 AND left(_object, 1) <> '{')) t CROSS JOIN (${places([...inner.keys()], '_place')}) p) w
  WHERE left(_object, 1) NOT IN ('n', '{')`,
  ];
}

/** Members that the contract names and that rows lack although they have the object around them. */
function missingMembers({ objects }: Plan, dialect: Dialect): string {
  const named = objects.flatMap(({ path, named: members }, place) =>
    members.map((member) => {
      const shown = formatPath([...path, { kind: 'key', key: member }]);
      return `(${place}, ${dialect.text(member)}, ${dialect.text(shown)})`;
    }),
  );
  return `SELECT n.path, 'MISSING_PATH' AS kind, a.there - coalesce(h.held, 0) AS row_count, CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS sample
  FROM (VALUES ${named.join(', ')}) n(_place, member, path)
  JOIN (SELECT _place, sum(_rows) AS there FROM objects WHERE left(_object, 1) = '{' GROUP BY _place) a ON a._place = n._place
  LEFT JOIN (SELECT _place, member, sum(_rows) AS held FROM members GROUP BY _place, member) h ON h._place = n._place AND h.member = n.member
  WHERE a.there > coalesce(h.held, 0)`;
}

/** Schema versions in messages that no registered contract version has. Of a URI the last part counts. */
export function unknownVersions({ knownVersions }: Plan, dialect: Dialect): string {
  const version = `regexp_replace(regexp_extract(schema_version, '[^/#:=]*$', 0), '^[vV]', '')`;
  const known = knownVersions.map((each) => dialect.text(each.replace(/^[vV]/, '')));
  const shown = `CASE WHEN ${dialect.matches('version', VERSION)} THEN 'schema ' || version ELSE 'string(' || length(schema_version) || ')' END`;
  return `SELECT 'schema_version' AS path, 'UNKNOWN_SCHEMA_VERSION' AS kind, row_count, ${shown} AS sample
  FROM (SELECT schema_version, ${version} AS version, count(*) AS row_count
    FROM raw_batch WHERE schema_version IS NOT NULL GROUP BY schema_version) v WHERE version NOT IN (${known.join(', ')})`;
}

function brokenGates({ columns }: Plan, dialect: Dialect): string {
  const paths = columns.map(({ displayPath }) => dialect.text(displayPath));
  const tokens = dialect.tokens(
    'e.json_payload',
    columns.map(({ path }) => path),
  );
  return `SELECT ${byPlace('_column', paths)} AS path, kind, row_count, ${shape(dialect, '_token')} AS sample
  FROM (SELECT _column, kind, row_count, ${dialect.element('_tokens', '_column')} AS _token
    FROM (SELECT b.*, ${tokens} AS _tokens FROM breaks b JOIN evidence e ON e._rid = b._rid) t) g`;
}

const byPlace = (place: string, each: readonly string[]): string =>
  `CASE ${place} ${each.map((value, index) => `WHEN ${index} THEN ${value}`).join(' ')} END`;

const places = (at: readonly number[], name: string): string =>
  `SELECT * FROM (VALUES ${at.map((place) => `(${place})`).join(', ')}) v(${name})`;

/** Type, length and character classes of a token: enough to recognize a change, without the value. */
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
