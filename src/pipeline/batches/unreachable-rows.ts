import { isDeepStrictEqual } from 'node:util';
import { widens } from '../../contract/change.ts';
import type { Topic } from '../../contract/model.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { formOf } from '../../semantic/batch-form.ts';
import type { Intent } from '../../semantic/intent.ts';
import { IDEMPOTENCY_KEY, type Plan, planOf } from '../../semantic/plan.ts';
import type { Dialect } from '../../sql/dialect.ts';
import type { Checkpoint } from '../../state/checkpoint.ts';
import { versionOf } from '../contracts/contract-version.ts';
import type { Place } from '../place.ts';

/** Prefix of the batch id of a row that a rebuild carried over from the generation before. */
const CARRIED = 'carried:';

/** The semantic table's own columns, which follow the contract's (src/semantic/tables.ts), in order. */
const OWN_COLUMNS = ['_message_id', '_publish_time', IDEMPOTENCY_KEY, '_batch_id', '_contract_version'];

/**
 * Refuses a rebuild that would lose rows, because retention has removed their messages from RAW. If `keep`, the rows can
 * be carried over. The rebuild is still refused if the key column or its masking changed, because nothing then says which
 * rows are versions of each other. Throws RAW_EXPIRED.
 */
export async function refuseUnreachable(
  place: Place,
  checkpoint: Checkpoint,
  topic: Topic,
  fingerprint: string | null,
  keep: boolean,
): Promise<void> {
  const { expired } = checkpoint.totals.gone;
  if (expired === 0) return;
  const operation = `rebuilding ${checkpoint.topic}`;
  const detail = `${expired} RAW rows have expired, so the table's rows from them cannot be derived again`;
  if (!keep) throw new LeanOpsError('RAW_EXPIRED', { operation, detail, about: { topic: topic.topic } });
  const { changed, before } = await changedColumns(place, checkpoint, topic, fingerprint);
  const { key } = planOf(topic);
  const broken = isDeepStrictEqual(before.key, key) ? key.filter((name) => changed.has(name)) : key;
  if (broken.length === 0 && !changed.has(IDEMPOTENCY_KEY)) return;
  throw new LeanOpsError('RAW_EXPIRED', {
    operation,
    detail: `${detail}. Their key has changed: ${[...broken, IDEMPOTENCY_KEY].filter((name) => changed.has(name) || broken.includes(name)).join(', ')}`,
    remedy: 'Undo the change of the key or of its masking.',
  });
}

/** Whether the batch carries over rows of the table whose messages retention has removed from RAW. */
export function carriesRows(intent: Pick<Intent, 'kind'>, { totals }: Pick<Checkpoint, 'totals'>): boolean {
  return formOf(intent).startsFrom === 'empty' && totals.gone.expired > 0;
}

/**
 * A query for the rows of the table that can no longer be derived from RAW, as the new contract may show them. A column
 * that is new, or that is read or masked differently, is NULL in them. `table`: a relation of the table's rows with the
 * dialect's locator columns.
 */
export async function unreachableRows(
  place: Place,
  checkpoint: Checkpoint,
  topic: Topic,
  fingerprint: string | null,
  table: string,
  dialect: Dialect,
): Promise<string> {
  const { changed } = await changedColumns(place, checkpoint, topic, fingerprint);
  const columns = planOf(topic).columns.map(({ name, type }) => {
    const column = dialect.identifier(name);
    return `CAST(${changed.has(name) ? 'NULL' : `t.${column}`} AS ${dialect.type(type)}) AS ${column}`;
  });
  const shown = [...columns, ...OWN_COLUMNS.map((name) => `t.${name}`), ...dialect.locator];
  return `SELECT ${shown.join(', ')} FROM ${table} t
    WHERE NOT EXISTS (SELECT 1 FROM raw_batch r WHERE r.message_id = t._message_id AND r.publish_time = t._publish_time)`;
}

/**
 * A query for the rows of `target` that no newer version from RAW replaces, marked by their batch id, in the table's
 * column order. `replacing`: a query for the row that replaces the row `t`.
 */
export function carriedSql(plan: Plan, dialect: Dialect, replacing: string): string {
  const marked = `CASE WHEN left(t._batch_id, ${CARRIED.length}) = '${CARRIED}' THEN t._batch_id ELSE '${CARRIED}' || t._batch_id END AS _batch_id`;
  const columns = plan.columns.map(({ name }) => `t.${dialect.identifier(name)}`);
  const own = OWN_COLUMNS.map((name) => (name === '_batch_id' ? marked : `t.${name}`));
  return `SELECT ${[...columns, ...own].join(', ')} FROM target t WHERE NOT EXISTS (${replacing})`;
}

/** Names of the columns, with the idempotency key, that the table shows differently from the new contract. */
async function changedColumns(
  place: Place,
  checkpoint: Checkpoint,
  topic: Topic,
  fingerprint: string | null,
): Promise<{ readonly changed: ReadonlySet<string>; readonly before: Plan }> {
  const version = checkpoint.contractVersion;
  invariant(version !== null, 'RAW rows expire only after a batch has read them');
  const before = planOf((await versionOf(place, checkpoint.topic, version)).topic);
  const after = planOf(topic);
  const otherKey = checkpoint.maskingKeyFingerprint !== fingerprint;
  const changed = after.columns.filter(({ name, type, path, masking }) => {
    const old = before.columns.find((column) => column.name === name);
    if (old === undefined) return true;
    const follows = isDeepStrictEqual(old.type, type) || widens(old.type, type);
    const isShownAlike = isDeepStrictEqual([old.path, old.masking], [path, masking]);
    return !follows || !isShownAlike || (otherKey && masking?.kind === 'hash');
  });
  const idempotency =
    before.hashIdempotencyKey !== after.hashIdempotencyKey || (otherKey && after.hashIdempotencyKey);
  const names = changed.map(({ name }) => name);
  return { changed: new Set(idempotency ? [...names, IDEMPOTENCY_KEY] : names), before };
}
