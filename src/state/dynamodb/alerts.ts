import { LeanOpsError } from '../../errors/error.ts';
import {
  type Alert,
  type AlertChange,
  afterDelivery,
  alertKey,
  reconcile,
} from '../../quality/alerts/alert.ts';
import type { AlertStore } from '../alert-store.ts';
import { ALERT_ITEM } from '../codec/alert.ts';
import { REVISION } from '../codec/revision.ts';
import type { Database, Write } from './database.ts';
import { fromItem, itemOf, text } from './item.ts';

const HASH = 'ALERTS';
/** The item that counts writes. It sorts before every alert's key, which begins with a topic. */
const HEAD = '!';
/** A transaction has at most 100 writes, one of them the head. */
const CHANGES_PER_TRANSACTION = 99;
const MAX_RACES = 10;

interface StoredAlerts {
  /** Grows with every write to any alert; 0 before the first. */
  readonly revision: bigint;
  readonly alerts: readonly Alert[];
}

/** Alerts in DynamoDB. */
export function alertStore(database: Database): AlertStore {
  return {
    alerts: async () => (await read(database)).alerts,
    reconcileAlerts: async (verdicts, sinks, at) => {
      await change(database, (alerts, isDone) =>
        reconcile(
          alerts.filter((alert) => !isDone(alert.key)),
          verdicts.filter(({ topic, kind }) => !isDone(alertKey(topic, kind))),
          sinks,
          at,
        ),
      );
      return (await read(database)).alerts;
    },
    recordDelivery: (sink, deliveries) =>
      change(database, (alerts, isDone) => {
        const stored = new Map(alerts.map((alert) => [alert.key, alert]));
        return deliveries.flatMap(({ key, told }) => {
          const before = stored.get(key);
          if (before === undefined || isDone(key)) return [];
          return [{ key, before, after: afterDelivery(before, sink, told) }];
        });
      }),
  };
}

/** Writes the changes of one reading. If another caller wrote first, it reads again and decides on what is left. */
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

/** False if another caller wrote meanwhile; `done` receives the keys that were written. */
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

async function read(database: Database): Promise<StoredAlerts> {
  const condition = { text: '#topic_shard = :alerts', values: { ':alerts': HASH } };
  let revision = 0n;
  const alerts: Alert[] = [];
  for await (const item of database.query('error_tracker', { condition })) {
    if (text(item, 'received_message') === HEAD) revision = fromItem(REVISION, 'error_tracker', item);
    else alerts.push(fromItem(ALERT_ITEM, 'error_tracker', item));
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
  const item = itemOf({ ...keyOf(key), topic_name: after.topic, ...ALERT_ITEM.encode(after) });
  return { kind: 'put', table: 'error_tracker', item, condition: null };
}

function keyOf(key: string) {
  return { topic_shard: HASH, received_message: key };
}
