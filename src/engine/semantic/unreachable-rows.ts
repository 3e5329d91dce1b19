import { isDeepStrictEqual } from 'node:util';
import { LeanOpsError } from '../../errors/error.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import { DUCKDB } from '../../sql/duckdb.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import type { Home } from '../home.ts';
import { quoteName } from '../parquet/types.ts';
import { type ContractVersion, versionOf } from './contract-version.ts';

/** In front of the batch id of a row that a rebuild took over from the generation before. */
const CARRIED = 'carried:';

/**
 * Refuses a rebuild that would lose rows whose messages retention has removed from RAW, unless these are to be taken
 * over and can be: under a key that is made or masked otherwise nobody could tell which rows they are versions of.
 * Throws RAW_EXPIRED.
 */
export async function refuseUnreachable(
  workspace: Home,
  checkpoint: Checkpoint,
  contract: ContractVersion,
  fingerprint: string | null,
  keep: boolean,
): Promise<void> {
  const { expired } = checkpoint.totals.gone;
  if (expired === 0) return;
  const operation = `rebuilding ${checkpoint.topic}`;
  const detail = `${expired} RAW rows have expired; the table's rows that stem from them can't be derived anew`;
  if (!keep) throw new LeanOpsError('RAW_EXPIRED', { operation, detail });
  const { changed, before } = await changedColumns(workspace, checkpoint, contract, fingerprint);
  const { key } = planOf(contract.topic);
  const broken = isDeepStrictEqual(before.key, key) ? key.filter((name) => changed.has(name)) : key;
  if (broken.length === 0 && !changed.has(IDEMPOTENCY_KEY)) return;
  throw new LeanOpsError('RAW_EXPIRED', {
    operation,
    detail: `${detail}, and their key is another one now: ${[...broken, IDEMPOTENCY_KEY].filter((name) => changed.has(name) || broken.includes(name)).join(', ')}`,
    remedy: 'Undo the change of the key or of its masking.',
  });
}

/**
 * The rows of the table that RAW can't give any more, as the new contract may show them: a column that is read or
 * masked otherwise now is empty in them. `table`: a query for the table's rows in the new columns, with their places.
 */
export async function unreachableRows(
  workspace: Home,
  checkpoint: Checkpoint,
  contract: ContractVersion,
  fingerprint: string | null,
  table: string,
): Promise<string> {
  const { changed } = await changedColumns(workspace, checkpoint, contract, fingerprint);
  const plan = planOf(contract.topic);
  const hidden = plan.columns
    .filter(({ name }) => changed.has(name))
    .map(({ name, type }) => `NULL::${DUCKDB.type(type)} AS ${quoteName(name)}`);
  const shown = hidden.length === 0 ? '*' : `* REPLACE (${hidden.join(', ')})`;
  return `SELECT ${shown} FROM (${table}) t
    WHERE NOT EXISTS (SELECT 1 FROM raw_batch r WHERE r.message_id = t._message_id AND r.publish_time = t._publish_time)`;
}

/** Those of the engine's `target` that no newer version from RAW replaces, marked by their batch id. */
export function carriedSql(plan: Plan): string {
  const batch = `CASE WHEN starts_with(_batch_id, '${CARRIED}') THEN _batch_id ELSE '${CARRIED}' || _batch_id END`;
  const names = [...plan.columns.map(({ name }) => name), '_message_id', '_publish_time', IDEMPOTENCY_KEY];
  return `SELECT ${names.map((name) => `t.${quoteName(name)}`).join(', ')}, ${batch} AS _batch_id, t._contract_version
    FROM target t WHERE NOT EXISTS (SELECT 1 FROM verdicts v WHERE v._fate = 'updated' AND v._file = t._file AND v._pos = t._pos)`;
}

/** Columns, the idempotency key among them, that the table shows otherwise than the new contract would. */
async function changedColumns(
  workspace: Home,
  checkpoint: Checkpoint,
  contract: ContractVersion,
  fingerprint: string | null,
): Promise<{ readonly changed: ReadonlySet<string>; readonly before: Plan }> {
  const version = checkpoint.contractVersion ?? contract.version;
  const before = planOf((await versionOf(workspace, checkpoint.topic, version)).topic);
  const after = planOf(contract.topic);
  const otherKey = checkpoint.maskingKeyFingerprint !== fingerprint;
  const changed = after.columns.filter(({ name, path, masking }) => {
    const old = before.columns.find((column) => column.name === name);
    if (old === undefined) return false;
    return (
      !isDeepStrictEqual([old.path, old.masking], [path, masking]) || (otherKey && masking?.kind === 'hash')
    );
  });
  const idempotency =
    before.hashIdempotencyKey !== after.hashIdempotencyKey || (otherKey && after.hashIdempotencyKey);
  const names = changed.map(({ name }) => name);
  return { changed: new Set(idempotency ? [...names, IDEMPOTENCY_KEY] : names), before };
}
