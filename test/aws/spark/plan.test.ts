import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { sparkMaintenanceDocument } from '../../../src/aws/spark/maintenance.ts';
import { sparkPlanDocument } from '../../../src/aws/spark/plan.ts';
import { derivedTable, rawTable } from '../../../src/pipeline/batches/topic-tables.ts';
import type { Intent } from '../../../src/semantic/intent.ts';
import { semanticTable } from '../../../src/semantic/tables.ts';
import { SPARK } from '../../../src/sql/spark.ts';
import { PLAIN } from '../../engines/conformance/two-places.ts';
import { column, topicOf } from '../../sql/harness.ts';

const NAMES = { catalog: 'lean_ops', database: (namespace: string) => `lean_ops_t_${namespace}` };
const TOPIC = topicOf([
  column('id', { kind: 'long' }, { keyPosition: 1 }),
  column('amount', { kind: 'decimal', precision: 12, scale: 2 }, { description: "the buyer's" }),
  column('at', { kind: 'timestamptz' }, { partition: { kind: 'day' } }),
]);
const INTENT: Intent = {
  batchId: 'b'.repeat(32),
  kind: 'incremental',
  topic: 'things',
  startSnapshotId: 9_007_199_254_740_993n,
  endSnapshotId: 9_223_372_036_854_775_807n,
  generation: 2,
  contractVersion: 3,
  maskingKeyFingerprint: null,
  afterBatchId: null,
  selection: null,
  fencingToken: 7n,
  createdAt: 1_700_000_000_000_001n,
};

suite('the plan document', () => {
  const document = sparkPlanDocument(TOPIC, NAMES, INTENT, { ...PLAIN, purgeHistory: true });

  test('is JSON that loses no digit of an id', () => {
    const read = JSON.parse(JSON.stringify(document));
    assert.deepEqual(read, document);
    assert.equal(read.batch.start_snapshot_id, '9007199254740993');
    assert.equal(read.batch.end_snapshot_id, '9223372036854775807');
    assert.deepEqual(read.summary, {
      'batch-id': 'b'.repeat(32),
      'raw-snapshot-id': '9223372036854775807',
      generation: '2',
      'fencing-token': '7',
      'purge-history': 'true',
    });
  });

  test('names columns in the order of the workspace’s table, so their field ids are the same', () => {
    const { columns, create, partitions } = document.tables.semantic;
    const names = semanticTable(TOPIC).columns.map(({ name }) => name);
    assert.deepEqual(
      columns.map(({ name }) => name),
      names,
    );
    const places = names.map((name) => create.indexOf(SPARK.identifier(name)));
    assert.deepEqual(
      places,
      [...places].sort((left, right) => left - right),
    );
    assert.match(create, /`amount` DECIMAL\(12, 2\) COMMENT 'the buyer\\'s'/);
    assert.match(create, /PARTITIONED BY \(days\(`at`\)\)/);
    assert.deepEqual(partitions, [{ column: 'at', transform: 'day', sql: 'days(`at`)' }]);
    assert.deepEqual(columns[0]?.widens, ['int']);
    assert.ok(columns[1]?.widens.includes('decimal(3,2)') && !columns[1].widens.includes('decimal(13,2)'));
  });

  test('contains the remedy of each error that the job can end with', () => {
    assert.match(
      document.remedies.RAW_HISTORY_CHANGED ?? '',
      /start the state machine with `\{"topic":"things","kind":"rebuild"\}`/,
    );
    assert.ok(Object.values(document.remedies).every((remedy) => remedy.length > 0));
  });

  test('a contract’s pattern goes to the linear matcher, not to Java’s', () => {
    const linear = ['(?:a|b)*', '(?:ab){2,7}', 'a*b*', '.+@.+', 'a+b{2,}'];
    for (const pattern of linear) assert.match(SPARK.matchesPattern('v', pattern), /^matches_whole/, pattern);
    const simple = ['[a-z]+', 'ab?c', '(?:a|b)?', 'a{3}', '\\d{2,4}'];
    for (const pattern of simple) assert.match(SPARK.matchesPattern('v', pattern), /^v RLIKE/, pattern);
  });

  test('maintenance expires snapshots only of tables with snapshots that may expire, and keeps the oldest needed', () => {
    const refs = [derivedTable('things'), derivedTable('things_errors'), rawTable('things')];
    const scope = { id: 'm1', now: 1_700_000_000_000_000n };
    const expiring = (olderThan: bigint | null) => {
      const tables = refs.map((ref, index) => ({
        ref,
        olderThan,
        oldestNeeded: [4n, null, 5n][index] ?? null,
        before: {},
      }));
      return sparkMaintenanceDocument('things', NAMES, { ...scope, tables }).maintenance.filter(
        ({ statements }) => statements.some(({ sql }) => sql.includes('{older_than}')),
      );
    };
    assert.equal(expiring(null).length, 0);
    assert.deepEqual(
      expiring(7n).map(({ keep, older_than_micros }) => [keep, older_than_micros]),
      [
        ['snapshot_id = 4', '7'],
        ['false', '7'],
        ['snapshot_id = 5', '7'],
      ],
    );
    const [first] = expiring(7n);
    assert.ok(
      first?.statements.some(({ sql }) => sql.includes("older_than => TIMESTAMP '2023-11-11 22:13:20.000'")),
    );
  });
});
