import { ensureRawTable } from '../../src/aws/control/raw-table.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import type { Micros } from '../../src/base/time.ts';
import { loadContract } from '../../src/contract/load.ts';
import { invariant, LeanOpsError } from '../../src/errors/error.ts';
import type { TableSwap } from '../../src/iceberg/catalog.ts';
import { newFolder } from '../state/sqlite/workspace.ts';

/** A deployment in memory, to test decisions of the control function fast. On emulated AWS: *-machine.test.ts. */
export interface MemoryDeployment extends AwsDeployment {
  /** What the clock shows; a test sets it. */
  now: Micros;
  readonly files: AwsDeployment['files'] & { readonly removed: string[] };
  readonly close: () => Promise<void>;
}

/** A deployment with the RAW table of one topic `orders`. Its state is in SQLite. */
export async function memoryDeployment(contract: string, now: Micros): Promise<MemoryDeployment> {
  const loaded = loadContract('topics/orders.odcs.yaml', new TextEncoder().encode(contract));
  invariant(loaded.ok, 'the contract is sound');
  const folder = await newFolder();
  const { store } = folder.open();
  const bytes = new Map<string, Uint8Array>();
  const pointers = new Map<string, string>();
  const deployment: MemoryDeployment = {
    now,
    config: {
      env: 'memory',
      prefix: 'lean-ops-memory',
      warehouseBucket: 'warehouse',
      deadLettersBucket: 'dead-letters',
      artifactsBucket: 'artifacts',
      firehoseErrorsBucket: 'firehose-errors',
      firehoseStream: 'raw',
      dlqUrl: 'dlq',
      alertsTopicArn: 'alerts',
      maskingSecret: 'secret',
      glueDatabasePrefix: 'memory',
    },
    clock: () => deployment.now,
    store,
    catalog: {
      metadataLocation: async ({ namespace, name }) => pointers.get(`${namespace}.${name}`) ?? null,
      tables: async () => [],
      swap: async ({ table, expected, next }) => {
        const name = `${table.namespace}.${table.name}`;
        if ((pointers.get(name) ?? null) !== expected) throw moved(table);
        pointers.set(name, next);
      },
    },
    files: {
      removed: [],
      read: async (location) => {
        const found = bytes.get(location);
        invariant(found !== undefined, `${location} was written`);
        return found;
      },
      write: async (location, content) => {
        invariant(!bytes.has(location), `${location} is written once`);
        bytes.set(location, content);
      },
      exists: async (location) => bytes.has(location),
      remove: async (location) => void deployment.files.removed.push(location),
      list: async () => [],
    },
    putObject: async (location, content) => void bytes.set(location, content),
    paths: { maskingKey: 'none', warehouse: 's3://warehouse' },
    maskingKey: async () => null,
    topicNames: async () => ['orders'],
    contract: async () => ({ topic: loaded.topic, file: 'topics/orders.odcs.yaml', text: contract }),
    alertSinks: [],
    close: async () => {
      await store.close();
      await folder.remove();
    },
  };
  await ensureRawTable(deployment, 'orders');
  return deployment;
}

function moved({ namespace, name }: TableSwap['table']): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `moving ${namespace}.${name}`,
    detail: 'it moved',
  });
}
