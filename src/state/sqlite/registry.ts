import { LeanOpsError } from '../../errors/error.ts';
import { REGISTERED_CONTRACT } from '../codec/registry.ts';
import type { ContractRegistration, ContractRegistry, RegisteredContract } from '../registry.ts';
import type { Database, Row } from './database.ts';
import { fromRow, insertRow } from './row.ts';

/** Registered contracts in SQLite. */
export function contractRegistry(database: Database): ContractRegistry {
  return {
    registerContract: async (registration) => database.write(() => registerContract(database, registration)),
    latestContract: async (topic) => latestContract(database, topic),
    contractVersions: async (topic) =>
      database
        .all('SELECT * FROM topic_registry WHERE topic_name = ? ORDER BY version', topic)
        .map(registered),
    registeredTopics: async () =>
      database
        .all(
          `SELECT * FROM topic_registry AS latest
           WHERE version = (SELECT max(version) FROM topic_registry WHERE topic_name = latest.topic_name)
           ORDER BY topic_name`,
        )
        .map(registered),
    setTopicStatus: async (topic, status) => {
      const sql = 'UPDATE topic_registry SET status = ? WHERE topic_name = ?';
      const changed = database.write(() => database.run(sql, status, topic));
      if (changed > 0) return;
      throw new LeanOpsError('NOT_FOUND', {
        operation: 'changing the status of a topic',
        detail: `no contract of ${topic} is registered`,
      });
    },
  };
}

function registerContract(database: Database, registration: ContractRegistration): RegisteredContract {
  const { topic, hash, registeredAt, expectedVersion, text } = registration;
  const latest = latestContract(database, topic);
  if (latest?.hash === hash) return latest;
  const version = latest?.version ?? 0;
  if (version !== expectedVersion) {
    throw new LeanOpsError('COMMIT_CONFLICT', {
      operation: `registering the contract of ${topic}`,
      detail: `version ${version} is the latest, not ${expectedVersion}`,
    });
  }
  const status = latest?.status ?? 'active';
  const next: RegisteredContract = { topic, version: version + 1, hash, registeredAt, text, status };
  insertRow(database, 'topic_registry', REGISTERED_CONTRACT.encode(next));
  return next;
}

function latestContract(database: Database, topic: string): RegisteredContract | null {
  const row = database.get(
    'SELECT * FROM topic_registry WHERE topic_name = ? ORDER BY version DESC LIMIT 1',
    topic,
  );
  return row === null ? null : registered(row);
}

function registered(row: Row): RegisteredContract {
  return fromRow(REGISTERED_CONTRACT, 'topic_registry', row);
}
