import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { act } from '../../src/aws/control/act.ts';
import { dueTables } from '../../src/aws/control/due-tables.ts';
import type { AwsDeployment } from '../../src/aws/deployment/aws-deployment.ts';
import { type BalanceSources, measureAwsBalance } from '../../src/aws/figures/balance.ts';
import { UndeliveredRecords } from '../../src/aws/intake/undelivered.ts';
import { LeanOpsError } from '../../src/errors/error.ts';
import { MAINTENANCE } from '../../src/semantic/snapshot-labels.ts';
import { contractText, ORDER_ID } from '../contract/sample.ts';
import { fails } from '../state/contract.ts';
import { type MemoryDeployment, memoryDeployment } from './memory-deployment.ts';
import { appendRaw } from './metadata-job.ts';

const NOON = 20_000n * 86_400_000_000n;

/** A deployment that read four rows from its queue. */
async function withBench(work: (deployment: MemoryDeployment) => Promise<void>): Promise<void> {
  const deployment = await memoryDeployment(contractText(ORDER_ID), NOON);
  try {
    await appendRaw(deployment, 'orders', 4n);
    await work(deployment);
  } finally {
    await deployment.close();
  }
}

function sourcesOf(deployment: AwsDeployment): BalanceSources {
  const queues = {
    waiting: async () => 0,
    createdAt: async () => NOON,
    sent: async () => 4,
    oldestAge: async () => null,
  };
  const undelivered = new UndeliveredRecords(deployment.files, 'firehose-errors');
  return { deployment, queues, undelivered, settleSeconds: 0 };
}

/** Every snapshot in metadata that the deployment reads has these entries in its summary. */
function withSummary(
  deployment: MemoryDeployment,
  entries: Readonly<Record<string, string>>,
): MemoryDeployment {
  const read = async (location: string): Promise<Uint8Array> => {
    const bytes = await deployment.files.read(location);
    if (!location.endsWith('.metadata.json')) return bytes;
    const added = JSON.stringify(entries).slice(1, -1);
    return Buffer.from(
      Buffer.from(bytes)
        .toString('utf8')
        .replaceAll(/"summary":\s*\{/g, `$&${added},`),
    );
  };
  return { ...deployment, files: { ...deployment.files, read } };
}

suite('figures on AWS with counters that say nothing', () => {
  test('a balance is unknown, not wrong, if nobody knows how many rows retention removed', async () => {
    await withBench(async (deployment) => {
      assert.equal((await measureAwsBalance(sourcesOf(deployment), 'orders')).status, 'balanced');
      const expired = withSummary(deployment, { [MAINTENANCE]: 'expire-rows' });
      const lying = withSummary(deployment, { [MAINTENANCE]: 'expire-rows', 'deleted-records': 'many' });
      assert.equal((await measureAwsBalance(sourcesOf(expired), 'orders')).status, 'balanced');
      const { status, unknown } = await measureAwsBalance(sourcesOf(lying), 'orders');
      assert.equal(status, 'unknown');
      assert.match(unknown.join(), /deleted-records is "many"/);
    });
  });

  test('a table is due for maintenance if nobody knows how many files were added', async () => {
    await withBench(async (deployment) => {
      const { snapshotId, ...checkpoint } = await deployment.store.checkpoint('orders');
      assert.equal(snapshotId, null);
      const due = (from: AwsDeployment) => dueTables(from, { ...checkpoint, snapshotId: 1n }, NOON);
      assert.deepEqual(await due(deployment), []);
      const tables = await due(withSummary(deployment, { 'added-delete-files': 'many' }));
      assert.deepEqual(
        tables.map(({ ref }) => `${ref.namespace}.${ref.name}`),
        ['raw.orders'],
      );
    });
  });
});

suite('the water balance on AWS', () => {
  test('a notification that fails leaves no alarm without data', async () => {
    await withBench(async (deployment) => {
      const down = new LeanOpsError('AWS_UNAVAILABLE', { operation: 'storing alerts', detail: 'no answer' });
      const store = new Proxy(deployment.store, {
        get: (target, name) =>
          name === 'reconcileAlerts' ? () => Promise.reject(down) : Reflect.get(target, name),
      });
      const reported: string[] = [];
      const reports = {
        answered: () => undefined,
        alreadyRunning: () => undefined,
        balance: ({ topic, status }: { readonly topic: string; readonly status: string }) =>
          void reported.push(`${topic} ${status}`),
      };
      const control = { ...sourcesOf({ ...deployment, store }), reports };
      await assert.rejects(act(control, { action: 'balance' }), fails('AWS_UNAVAILABLE'));
      assert.deepEqual(reported, ['orders balanced']);
    });
  });
});
