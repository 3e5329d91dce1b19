import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { ContractRegistration, RegisteredContract, TopicStatus } from '../registry.ts';
import type { Database } from './database.ts';
import { count, long, type Row, text } from './row.ts';

export function registerContract(database: Database, registration: ContractRegistration): RegisteredContract {
  const latest = latestContract(database, registration.topic);
  if (latest?.hash === registration.hash) return latest;
  const version = latest?.version ?? 0;
  if (version !== registration.expectedVersion) {
    throw new LeanOpsError('COMMIT_CONFLICT', {
      operation: `registering the contract of ${registration.topic}`,
      detail: `version ${version} is the latest, not ${registration.expectedVersion}`,
    });
  }
  const { topic, hash, text: contract, registeredAt } = registration;
  const status = latest?.status ?? 'active';
  database.run(
    'INSERT INTO topic_registry (topic_name, version, hash, registered_at, status, contract) VALUES (?, ?, ?, ?, ?, ?)',
    topic,
    version + 1,
    hash,
    registeredAt,
    status,
    contract,
  );
  return { topic, version: version + 1, hash, registeredAt, text: contract, status };
}

export function latestContract(database: Database, topic: string): RegisteredContract | null {
  const row = database.get(
    'SELECT * FROM topic_registry WHERE topic_name = ? ORDER BY version DESC LIMIT 1',
    topic,
  );
  return row === null ? null : fromRow(row);
}

export function contractVersions(database: Database, topic: string): readonly RegisteredContract[] {
  return database
    .all('SELECT * FROM topic_registry WHERE topic_name = ? ORDER BY version', topic)
    .map(fromRow);
}

export function registeredTopics(database: Database): readonly RegisteredContract[] {
  return database
    .all(
      `SELECT * FROM topic_registry AS latest
       WHERE version = (SELECT max(version) FROM topic_registry WHERE topic_name = latest.topic_name)
       ORDER BY topic_name`,
    )
    .map(fromRow);
}

export function setTopicStatus(database: Database, topic: string, status: TopicStatus): void {
  const changed = database.run('UPDATE topic_registry SET status = ? WHERE topic_name = ?', status, topic);
  if (changed === 0) {
    throw new LeanOpsError('NOT_FOUND', {
      operation: 'changing the status of a topic',
      detail: `no contract of ${topic} is registered`,
    });
  }
}

function fromRow(row: Row): RegisteredContract {
  const status = text(row, 'status');
  invariant(status === 'active' || status === 'retired', `unknown status ${status}`);
  return {
    topic: text(row, 'topic_name'),
    version: count(row, 'version'),
    hash: text(row, 'hash'),
    registeredAt: long(row, 'registered_at'),
    text: text(row, 'contract'),
    status,
  };
}
