import { invariant, LeanOpsError } from '../../errors/error.ts';
import { REGISTERED_CONTRACT, TOPIC_HEAD } from '../codec/registry.ts';
import type { ContractRegistration, ContractRegistry, RegisteredContract, TopicStatus } from '../registry.ts';
import type { Database, Write } from './database.ts';
import { fromItem, type Item, itemOf, long, text } from './item.ts';

/** DynamoDB's limit for an item is 400 KB. */
const MAX_CONTRACT_BYTES = 300_000;
/** The version number of the topic's own item, which holds its status and latest version. */
const HEAD = 0;

/** Registered contracts in DynamoDB. */
export function contractRegistry(database: Database): ContractRegistry {
  return {
    registerContract: (registration) => registerContract(database, registration),
    latestContract: (topic) => latestContract(database, topic),
    contractVersions: async (topic) => {
      const condition = { text: '#topic_name = :topic', values: { ':topic': topic } };
      const [head, ...versions] = await Array.fromAsync(database.query('topic_registry', { condition }));
      return head === undefined ? [] : versions.map((item) => registered(item, head));
    },
    registeredTopics: async () => {
      const items = await Array.fromAsync(database.scan('topic_registry'));
      const topics = Map.groupBy(items, (item) => text(item, 'topic_name'));
      const latest: RegisteredContract[] = [];
      for (const topic of [...topics.keys()].sort()) {
        // The scan may have missed a version registered meanwhile, or have read the head before it.
        const found = latestOf(topics.get(topic) ?? []) ?? (await latestContract(database, topic));
        if (found !== null) latest.push(found);
      }
      return latest;
    },
    setTopicStatus: (topic, status) => setTopicStatus(database, topic, status),
  };
}

async function registerContract(
  database: Database,
  registration: ContractRegistration,
): Promise<RegisteredContract> {
  const { topic, hash, registeredAt, expectedVersion } = registration;
  const latest = await latestContract(database, topic);
  if (latest?.hash === hash) return latest;
  const version = latest?.version ?? 0;
  if (version !== expectedVersion) throw conflict(topic, version, expectedVersion);
  refuseTooLong(topic, registration.text);
  const next: RegisteredContract = {
    topic,
    version: version + 1,
    hash,
    registeredAt,
    text: registration.text,
    status: latest?.status ?? 'active',
  };
  const { status: _ofHead, ...record } = REGISTERED_CONTRACT.encode(next);
  const put: Write = { kind: 'put', table: 'topic_registry', item: itemOf(record), condition: null };
  const answer = await database.transact([put, moveHead(topic, version, next.status)]);
  if (answer.kind === 'done') return next;
  // Another caller registered first, perhaps the same contract.
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

async function latestContract(database: Database, topic: string): Promise<RegisteredContract | null> {
  const head = await database.get('topic_registry', headKey(topic));
  if (head === null) return null;
  const version = latestVersion(head);
  const item = await database.get('topic_registry', { topic_name: topic, version });
  invariant(item !== null, `the latest contract of ${topic} is there`);
  return registered(item, head);
}

function latestOf(items: readonly Item[]): RegisteredContract | null {
  const head = items.find((item) => long(item, 'version') === BigInt(HEAD));
  if (head === undefined) return null;
  const latest = BigInt(latestVersion(head));
  const item = items.find((each) => long(each, 'version') === latest);
  return item === undefined ? null : registered(item, head);
}

async function setTopicStatus(database: Database, topic: string, status: TopicStatus): Promise<void> {
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

function latestVersion(head: Item): number {
  return fromItem(TOPIC_HEAD, 'topic_registry', head).latestVersion;
}

/** The status is the topic's, so its head holds it. */
function registered(item: Item, head: Item): RegisteredContract {
  const { status } = fromItem(TOPIC_HEAD, 'topic_registry', head);
  return fromItem(REGISTERED_CONTRACT, 'topic_registry', item, { status });
}
