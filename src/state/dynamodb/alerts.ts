import type { Micros } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import {
  type Alert,
  type AlertChange,
  afterDelivery,
  alertKey,
  reconcile,
  type Verdict,
} from '../../quality/alerts/alert.ts';
import type { AlertDelivery } from '../alert-store.ts';
import type { Database, Write } from './database.ts';
import { type Item, itemOf, long, text } from './item.ts';

const HASH = 'ALERTS';
/** Sorts before every alert's key, which begins with a topic. */
const HEAD = '!';
/** A transaction has at most 100 writes, one of them the head. */
const CHANGES_PER_TRANSACTION = 99;
const MAX_RACES = 10;

interface Stored {
  /** Grows with every write to any alert; 0 before the first. */
  readonly revision: bigint;
  readonly alerts: readonly Alert[];
}

export async function readAlerts(database: Database): Promise<readonly Alert[]> {
  return (await read(database)).alerts;
}

export async function reconcileAlerts(
  database: Database,
  verdicts: readonly Verdict[],
  sinks: readonly string[],
  at: Micros,
): Promise<readonly Alert[]> {
  await change(database, (alerts, isDone) =>
    reconcile(
      alerts.filter((alert) => !isDone(alert.key)),
      verdicts.filter(({ topic, kind }) => !isDone(alertKey(topic, kind))),
      sinks,
      at,
    ),
  );
  return readAlerts(database);
}

export async function recordDelivery(
  database: Database,
  sink: string,
  deliveries: readonly AlertDelivery[],
): Promise<void> {
  await change(database, (alerts, isDone) => {
    const stored = new Map(alerts.map((alert) => [alert.key, alert]));
    return deliveries.flatMap(({ key, told }) => {
      const before = stored.get(key);
      if (before === undefined || isDone(key)) return [];
      return [{ key, before, after: afterDelivery(before, sink, told) }];
    });
  });
}

/** Writes the changes of one reading; whoever was overtaken reads again and decides anew on what is left. */
async function change(
  database: Database,
  decide: (alerts: readonly Alert[], isDone: (key: string) => boolean) => readonly AlertChange[],
): Promise<void> {
  const done = new Set<string>();
  for (let race = 0; race < MAX_RACES; race++) {
    const stored = await read(database);
    const changes = decide(stored.alerts, (key) => done.has(key));
    if (await apply(database, stored.revision, changes, done)) return;
  }
  throw new LeanOpsError('AWS_UNAVAILABLE', {
    operation: 'changing alerts',
    detail: `others changed them ${MAX_RACES} times meanwhile`,
  });
}

/** False where another wrote meanwhile; `done` says what was written. */
async function apply(
  database: Database,
  from: bigint,
  changes: readonly AlertChange[],
  done: Set<string>,
): Promise<boolean> {
  let revision = from;
  for (let at = 0; at < changes.length; at += CHANGES_PER_TRANSACTION) {
    const part = changes.slice(at, at + CHANGES_PER_TRANSACTION);
    const answer = await database.transact([moveHead(revision), ...part.map(writeOf)]);
    if (answer.kind === 'refused') return false;
    revision += 1n;
    for (const { key } of part) done.add(key);
  }
  return true;
}

async function read(database: Database): Promise<Stored> {
  const condition = { text: '#topic_shard = :alerts', values: { ':alerts': HASH } };
  let revision = 0n;
  const alerts: Alert[] = [];
  for await (const item of database.query('error_tracker', { condition })) {
    if (text(item, 'received_message') === HEAD) revision = long(item, 'revision');
    else alerts.push(fromItem(item));
  }
  return { revision, alerts };
}

function moveHead(revision: bigint): Write {
  return {
    kind: 'update',
    table: 'error_tracker',
    key: keyOf(HEAD),
    change: { text: 'SET #revision = :next', values: { ':next': revision + 1n } },
    condition:
      revision === 0n
        ? { text: 'attribute_not_exists(#revision)' }
        : { text: '#revision = :revision', values: { ':revision': revision } },
  };
}

function writeOf({ key, after }: AlertChange): Write {
  if (after === null) return { kind: 'delete', table: 'error_tracker', key: keyOf(key), condition: null };
  const json = JSON.stringify(after, (_key, value) => (typeof value === 'bigint' ? `${value}` : value));
  const item = itemOf({ ...keyOf(key), topic_name: after.topic, alert: json });
  return { kind: 'put', table: 'error_tracker', item, condition: null };
}

function keyOf(key: string) {
  return { topic_shard: HASH, received_message: key };
}

/** JSON holds no 64-bit integers, so times stand in it as text. */
type AsText<T> = T extends bigint ? string : T extends object ? { [K in keyof T]: AsText<T[K]> } : T;

function fromItem(item: Item): Alert {
  const stored: AsText<Alert> = JSON.parse(text(item, 'alert'));
  const { firstSeen, lastSeen, recoveredAt, told } = stored;
  return {
    ...stored,
    firstSeen: BigInt(firstSeen),
    lastSeen: BigInt(lastSeen),
    recoveredAt: recoveredAt === null ? null : BigInt(recoveredAt),
    told: Object.fromEntries(
      Object.entries(told).map(([sink, last]) => [
        sink,
        last === null ? null : { ...last, at: BigInt(last.at) },
      ]),
    ),
  };
}
