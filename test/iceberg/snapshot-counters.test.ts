import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { LeanOpsError } from '../../src/errors/error.ts';
import type { ErrorCode } from '../../src/errors/taxonomy.ts';
import type { Snapshot } from '../../src/iceberg/metadata.ts';
import { addedRows, knownCounter, snapshotCounter } from '../../src/iceberg/snapshot-counters.ts';
import { summarize } from '../../src/iceberg/summary.ts';

const snapshot = (summary: Readonly<Record<string, string>>): Snapshot => ({
  'snapshot-id': 7n,
  'sequence-number': 1n,
  'timestamp-ms': 0n,
  'manifest-list': 'metadata/snap-7.avro',
  summary,
});

/** The totals that Iceberg for Java and PyIceberg write into every summary. */
const TOTALS = {
  'total-data-files': '2',
  'total-delete-files': '0',
  'total-records': '30',
  'total-files-size': '2000',
  'total-position-deletes': '0',
  'total-equality-deletes': '0',
};

const fails = (code: ErrorCode, text: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LeanOpsError);
  assert.equal(error.code, code);
  assert.match(error.message, text);
  assert.equal(error.details.file, 'metadata/snap-7.avro');
  return true;
};

suite('counters in the summaries of snapshots', () => {
  test('an append of Iceberg for Java has the rows it added', () => {
    const append = {
      operation: 'append',
      'added-data-files': '1',
      'added-records': '10',
      'added-files-size': '1000',
      'changed-partition-count': '1',
      ...TOTALS,
    };
    assert.equal(addedRows(snapshot(append)), 10n);
  });

  test('an append of Iceberg for Java without files leaves the counter out, which means zero', () => {
    const empty = { operation: 'append', 'changed-partition-count': '0', ...TOTALS };
    assert.equal(addedRows(snapshot(empty)), 0n);
    assert.equal(addedRows(snapshot({ operation: 'append', ...TOTALS })), 0n);
  });

  test('an append of Lean-Ops without files means zero, also on a parent without totals', () => {
    const none = { added: [], removed: [] };
    assert.equal(addedRows(snapshot(summarize('append', null, none, {}))), 0n);
    const unknown = snapshot({ operation: 'append' });
    const after = summarize('append', unknown, none, {});
    assert.equal(after['total-records'], undefined);
    assert.equal(addedRows(snapshot(after)), 0n);
  });

  test('a delete means zero added rows', () => {
    const deleted = { operation: 'delete', 'deleted-data-files': '1', 'deleted-records': '10', ...TOTALS };
    assert.equal(addedRows(snapshot(deleted)), 0n);
    assert.equal(snapshotCounter(snapshot(deleted), 'deleted-records'), 10n);
  });

  test('files without their rows are an error that names the snapshot and what to do', () => {
    const files = { operation: 'append', 'added-data-files': '1', ...TOTALS };
    assert.throws(
      () => addedRows(snapshot(files)),
      fails('TABLE_UNSUPPORTED', /snapshot 7 \(append\) has no added-records/),
    );
    assert.throws(
      () => addedRows(snapshot(files)),
      (error) => error instanceof LeanOpsError && /rebuild the topic/.test(String(error.details.remedy)),
    );
    assert.equal(knownCounter(snapshot(files), 'added-records'), null);
  });

  test('a summary without any counter is an error, because they are optional in the specification', () => {
    for (const summary of [{ operation: 'append' }, { operation: 'append', 'lean-ops.work-id': 'w' }]) {
      assert.throws(() => addedRows(snapshot(summary)), fails('TABLE_UNSUPPORTED', /has no added-records/));
      assert.equal(knownCounter(snapshot(summary), 'added-data-files'), null);
    }
  });

  test('a counter that is not a number is an error', () => {
    for (const text of ['', '-1', '1.5', 'many', '1e3']) {
      const damaged = snapshot({ operation: 'append', 'added-records': text, ...TOTALS });
      assert.throws(() => addedRows(damaged), fails('METADATA_INVALID_FILE', /which is not a number/));
      assert.equal(knownCounter(damaged, 'added-records'), null);
    }
  });

  test('a missing counter of files means zero if other counters exist', () => {
    const rows = snapshot({ operation: 'append', 'added-records': '1', 'added-data-files': '1' });
    assert.equal(snapshotCounter(rows, 'added-delete-files'), 0n);
    assert.equal(snapshotCounter(rows, 'deleted-data-files'), 0n);
  });

  test('counters beyond 2^53 are exact', () => {
    const huge = snapshot({ operation: 'append', 'added-records': '9007199254740993' });
    assert.equal(addedRows(huge), 9_007_199_254_740_993n);
  });
});
