import { formatPath } from '../contract/path.ts';
import type { KnownObject } from '../semantic/known-objects.ts';
import type { Plan } from '../semantic/plan.ts';
import type { Dialect } from './dialect.ts';

/** What a version looks like that may be shown as it is; anything else shows as its length. */
const VERSION = '[0-9A-Za-z][0-9A-Za-z.+_-]{0,63}';

/**
 * Members that the contract names and that rows lack, though the object around them is there. `objects` is a relation
 * of (_rows, _object): one object a payload shape, which tells of every row of that shape.
 */
export function missingMembers(dialect: Dialect, object: KnownObject, objects: string): readonly string[] {
  if (object.named.length === 0) return [];
  const long = dialect.type({ kind: 'long' });
  const names = object.named.map((member) => {
    const path = formatPath([...object.path, { kind: 'key', key: member }]);
    return `(${dialect.text(member)}, ${dialect.text(path)})`;
  });
  return [
    `SELECT n.path, 'MISSING_PATH' AS kind, CAST(a.there - coalesce(h.held, 0) AS ${long}) AS row_count, CAST(NULL AS ${dialect.type({ kind: 'string' })}) AS sample
  FROM (VALUES ${names.join(', ')}) n(name, path)
  CROSS JOIN (SELECT coalesce(sum(_rows), 0) AS there FROM ${objects} o WHERE left(_object, 1) = '{') a
  LEFT JOIN (SELECT member, sum(_rows) AS held FROM ${dialect.members(objects, '_object')} m GROUP BY member) h ON h.member = n.name
  WHERE a.there > coalesce(h.held, 0)`,
  ];
}

/** Schema versions of messages that no registered contract version has; in a URI, what its last part says. */
export function unknownVersions({ knownVersions }: Plan, dialect: Dialect): string {
  const version = `regexp_replace(regexp_extract(schema_version, '[^/#:=]*$', 0), '^[vV]', '')`;
  const known = knownVersions.map((each) => dialect.text(each.replace(/^[vV]/, '')));
  const shown = `CASE WHEN ${dialect.matches('version', VERSION)} THEN 'schema ' || version ELSE 'string(' || length(schema_version) || ')' END`;
  return `SELECT 'schema_version' AS path, 'UNKNOWN_SCHEMA_VERSION' AS kind, row_count, ${shown} AS sample
  FROM (SELECT schema_version, ${version} AS version, CAST(count(*) AS ${dialect.type({ kind: 'long' })}) AS row_count
    FROM raw_batch WHERE schema_version IS NOT NULL GROUP BY schema_version) v WHERE version NOT IN (${known.join(', ')})`;
}
