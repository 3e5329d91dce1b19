import assert from 'node:assert/strict';
import { test } from 'node:test';
import { batchIdOf, type IntentScope } from '../../src/semantic/intent.ts';

const SCOPE: IntentScope = {
  kind: 'incremental',
  topic: 'orders',
  startSnapshotId: 7n,
  endSnapshotId: 8n,
  generation: 1,
  contractVersion: 1,
  maskingKeyFingerprint: null,
  afterBatchId: null,
  selection: null,
};

test('a batch id is the same for the same work, and different for other work', () => {
  const others: readonly Partial<IntentScope>[] = [
    { kind: 'redrive' },
    { topic: 'payments' },
    { startSnapshotId: null },
    { startSnapshotId: 9n },
    { endSnapshotId: 9n },
    { generation: 2 },
    { contractVersion: 2 },
    { maskingKeyFingerprint: 'f' },
    { afterBatchId: 'b' },
    { selection: { code: 'TYPE_MISMATCH', messageId: null } },
    { selection: { code: null, messageId: 'm1' } },
  ];
  assert.match(batchIdOf(SCOPE), /^[0-9a-f]{32}$/);
  assert.equal(batchIdOf({ ...SCOPE }), batchIdOf(SCOPE));
  const ids = [SCOPE, ...others.map((parts) => ({ ...SCOPE, ...parts }))].map(batchIdOf);
  assert.equal(new Set(ids).size, ids.length);
});
