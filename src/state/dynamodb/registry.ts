import { invariant, LeanOpsError } from '../../errors/error.ts';
import type { ContractRegistration, RegisteredContract, TopicStatus } from '../registry.ts';
import type { Database, Write } from './database.ts';
import { count, type Item, itemOf, long, text } from './item.ts';

/** DynamoDB's limit for an item is 400 KB. */
const MAX_CONTRACT_BYTES = 300_000;
/** The item of the topic itself, beside its versions. */
const HEAD = 0;

export async function registerContract(
  database: Database,
  registration: ContractRegistration,
): Promise<RegisteredContract> {
  const { topic, hash, text: contract, registeredAt, expectedVersion } = registration;
  const latest = await latestContract(database, topic);
  if (latest?.hash === hash) return latest;
  const version = latest?.version ?? 0;
  if (version !== expectedVersion) throw conflict(topic, version, expectedVersion);
  refuseTooLong(topic, contract);
  const status = latest?.status ?? 'active';
  const item = itemOf({
    topic_name: topic,
    version: version + 1,
    hash,
    registered_at: registeredAt,
    contract,
  });
  const put: Write = { kind: 'put', table: 'topic_registry', item, condition: null };
  const answer = await database.transact([put, moveHead(topic, version, status)]);
  if (answer.kind === 'done')
    return { topic, version: version + 1, hash, registeredAt, text: contract, status };
  // Another registered first: perhaps the very same.
  const now = await latestContract(database, topic);
  if (now?.hash === hash) return now;
  throw conflict(topic, now?.version ?? 0, expectedVersion);
}

function refuseTooLong(topic: string, contract: string): void {
  const bytes = Buffer.byteLength(contract);
  if (bytes <= MAX_CONTRACT_BYTES) return;
  throw new LeanOpsError('CONTRACT_INVALID', {
    operation: `registering the contract of ${topic}`,
    detail: `its file has ${bytes} bytes; the registry holds up to ${MAX_CONTRACT_BYTES}`,
    remedy: 'Shorten descriptions and comments, or split the topic.',
  });
}

function moveHead(topic: string, version: number, status: TopicStatus): Write {
  return {
    kind: 'update',
    table: 'topic_registry',
    key: headKey(topic),
    change: {
      text: 'SET #latest_version = :next, #status = if_not_exists(#status, :status)',
      values: { ':next': version + 1, ':status': status },
    },
    condition:
      version === 0
        ? { text: 'attribute_not_exists(#topic_name)' }
        : { text: '#latest_version = :version', values: { ':version': version } },
  };
}

export async function latestContract(database: Database, topic: string): Promise<RegisteredContract | null> {
  const head = await database.get('topic_registry', headKey(topic));
  if (head === null) return null;
  const item = await database.get('topic_registry', {
    topic_name: topic,
    version: count(head, 'latest_version'),
  });
  invariant(item !== null, `the latest contract of ${topic} is there`);
  return fromItem(item, head);
}

export async function contractVersions(
  database: Database,
  topic: string,
): Promise<readonly RegisteredContract[]> {
  const condition = { text: '#topic_name = :topic', values: { ':topic': topic } };
  const [head, ...versions] = await Array.fromAsync(database.query('topic_registry', { condition }));
  return head === undefined ? [] : versions.map((item) => fromItem(item, head));
}

export async function registeredTopics(database: Database): Promise<readonly RegisteredContract[]> {
  const items = await Array.fromAsync(database.scan('topic_registry'));
  const topics = Map.groupBy(items, (item) => text(item, 'topic_name'));
  const latest: RegisteredContract[] = [];
  for (const topic of [...topics.keys()].sort()) {
    // Registered during the scan, a version may have been missed, or its head seen before it.
    const found = latestOf(topics.get(topic) ?? []) ?? (await latestContract(database, topic));
    if (found !== null) latest.push(found);
  }
  return latest;
}

function latestOf(items: readonly Item[]): RegisteredContract | null {
  const head = items.find((item) => count(item, 'version') === HEAD);
  if (head === undefined) return null;
  const latest = count(head, 'latest_version');
  const item = items.find((each) => count(each, 'version') === latest);
  return item === undefined ? null : fromItem(item, head);
}

export async function setTopicStatus(database: Database, topic: string, status: TopicStatus): Promise<void> {
  const answer = await database.update({
    table: 'topic_registry',
    key: headKey(topic),
    change: { text: 'SET #status = :status', values: { ':status': status } },
    condition: { text: 'attribute_exists(#topic_name)' },
  });
  if (answer.kind === 'done') return;
  throw new LeanOpsError('NOT_FOUND', {
    operation: 'changing the status of a topic',
    detail: `no contract of ${topic} is registered`,
  });
}

function headKey(topic: string) {
  return { topic_name: topic, version: HEAD };
}

function conflict(topic: string, version: number, expected: number): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `registering the contract of ${topic}`,
    detail: `version ${version} is the latest, not ${expected}`,
  });
}

function fromItem(item: Item, head: Item): RegisteredContract {
  const status = text(head, 'status');
  invariant(status === 'active' || status === 'retired', `unknown status ${status}`);
  return {
    topic: text(item, 'topic_name'),
    version: count(item, 'version'),
    hash: text(item, 'hash'),
    registeredAt: long(item, 'registered_at'),
    text: text(item, 'contract'),
    status,
  };
}
