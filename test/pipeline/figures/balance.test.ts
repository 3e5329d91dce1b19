import assert from 'node:assert/strict';
import { readFile, rename, writeFile } from 'node:fs/promises';
import { DatabaseSync } from 'node:sqlite';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { prepareAppend } from '../../../src/iceberg/append.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { appendedFiles } from '../../../src/iceberg/scan.ts';
import { loadTable } from '../../../src/iceberg/table.ts';
import type { TopicBalance } from '../../../src/quality/balance.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const CONTRACT = wrappedContract([ID, '{ name: amount, logicalType: integer, criticalDataElement: true }']);
const SEMANTIC = { namespace: 'semantic', name: 'things' };

const sides = (balance: TopicBalance) =>
  Object.fromEntries(balance.equations.map(({ name, left, right }) => [name, [left, right]]));

describe('the balance of an embedded topic', () => {
  let bench: Workbench;
  beforeEach(async () => {
    bench = await workbench(CONTRACT);
  });
  afterEach(() => bench.close());

  const measure = () => measureBalance(bench.workspace, 'things');
  const put = (...rows: readonly (readonly [id: string, time: bigint, amount: string])[]) =>
    bench.putRaw(
      rows.map(([id, time, amount]) => ({
        id: `${id}-${time}`,
        time,
        payload: `{"id":"${id}","amount":${amount}}`,
      })),
    );
  const edit = (sql: string) => {
    const database = new DatabaseSync(bench.workspace.paths.database);
    database.exec(sql);
    database.close();
  };

  it('is balanced before anything was received', async () => {
    const balance = await measure();
    assert.equal(balance.status, 'balanced');
    assert.deepEqual(sides(balance).intake, [0, 0]);
  });

  it('is balanced with a backlog, after batches, with updates, and after a rebuild', async () => {
    await put(['a', 1n, '1'], ['b', 1n, '2'], ['b', 2n, '3'], ['c', 1n, '"x"']);
    const waiting = await measure();
    assert.equal(waiting.status, 'balanced');
    const backlog = waiting.equations.flatMap(({ terms }) => terms).find(({ name }) => name === 'backlog');
    assert.equal(backlog?.value, 4);
    await bench.run();
    await put(['a', 5n, '9'], ['d', 1n, '4']);
    await bench.run();
    const done = await measure();
    assert.equal(done.status, 'balanced');
    const expected = {
      intake: [6, 6],
      processing: [6, 6],
      table: [3, 3],
      table_counted: [3, 3],
      errors: [1, 1],
      dead_letters: [0, 0],
    };
    assert.deepEqual(sides(done), expected);
    await bench.rebuild();
    const rebuilt = await measure();
    assert.equal(rebuilt.status, 'balanced');
    assert.equal(rebuilt.generation, 2);
    assert.deepEqual(sides(rebuilt), expected);
  });

  it('names a foreign write until a rebuild has replaced it', async () => {
    await put(['a', 1n, '1'], ['b', 1n, '2']);
    await bench.run();
    await writeForeign();
    const balance = await measure();
    assert.equal(balance.status, 'unbalanced');
    assert.deepEqual(
      balance.namedResiduals.map(({ name, rows }) => [name, rows]),
      [['FOREIGN_WRITE', 2]],
    );
    assert.deepEqual(sides(balance).table, [4, 2]);
    await bench.rebuild();
    const rebuilt = await measure();
    assert.equal(rebuilt.status, 'balanced');
    assert.deepEqual(rebuilt.namedResiduals, []);
  });

  it('detects a changed ledger and shows the difference', async () => {
    await put(['a', 1n, '1'], ['b', 1n, '2']);
    await bench.run();
    edit('UPDATE checkpoints SET received = received + 3');
    const balance = await measure();
    assert.equal(balance.status, 'unbalanced');
    assert.equal(balance.equations.find(({ name }) => name === 'intake')?.residual, 3);
  });

  it('is unknown if a file is missing or the history is broken', async () => {
    await put(['a', 1n, '1'], ['b', 1n, '2']);
    await bench.run();
    edit('UPDATE checkpoints SET snapshot_id = 12345');
    const broken = await measure();
    assert.equal(broken.status, 'unknown');
    assert.match(broken.unknown.join(), /RAW_HISTORY_CHANGED/);
    const table = await loadTable(localFiles, bench.workspace.catalog, SEMANTIC);
    const list = (table && currentSnapshot(table.metadata)?.['manifest-list']) ?? '';
    await rename(list, `${list}.away`);
    assert.equal(sides(await measure()).table?.[0], null);
  });

  it('is unknown if a snapshot of RAW does not say how many rows it added', async () => {
    await put(['a', 1n, '1'], ['b', 1n, '2']);
    await bench.run();
    await put(['c', 1n, '3']);
    const raw = await loadTable(localFiles, bench.workspace.catalog, { namespace: 'raw', name: 'things' });
    const location = raw?.metadataLocation ?? '';
    const counted = await readFile(location, 'utf8');
    await writeFile(`${location}.uncounted.json`, counted.replaceAll(/"added-records":"1",/g, ''));
    edit(
      `UPDATE iceberg_tables SET metadata_location = '${location}.uncounted.json' WHERE metadata_location = '${location}'`,
    );
    const balance = await measure();
    assert.equal(balance.status, 'unknown');
    assert.match(balance.unknown.join(), /TABLE_UNSUPPORTED .* has no added-records/);
    await assert.rejects(
      bench.run(),
      (error) => error instanceof LeanOpsError && error.code === 'TABLE_UNSUPPORTED',
    );
    await bench.rebuild();
    assert.equal((await measure()).status, 'balanced');
  });

  /** Adds the table's own files again, as an engine that does not know batches would. */
  async function writeForeign(): Promise<void> {
    const table = await loadTable(localFiles, bench.workspace.catalog, SEMANTIC);
    assert.ok(table !== null);
    const head = table.metadata['current-snapshot-id'] ?? 0n;
    const files = await appendedFiles(localFiles, table.metadata, null, head);
    const ctx = { workId: 'foreign-work', now: 0n, summary: {}, newSnapshotId: () => 77n };
    const { swap } = await prepareAppend(localFiles, table, files, ctx);
    edit(
      `UPDATE iceberg_tables SET metadata_location = '${swap.next}' WHERE table_name = 'things' AND table_namespace = 'semantic'`,
    );
  }
});
