import assert from 'node:assert/strict';
import { cp, readdir, readFile, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, it } from 'node:test';
import { tableRelation } from '../../../src/duckdb/parquet/table-relation.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import { runSemantic } from '../../../src/embedded/jobs/incremental.ts';
import { doctor } from '../../../src/embedded/workspace/doctor.ts';
import { openWorkspace } from '../../../src/embedded/workspace/open.ts';
import { recover } from '../../../src/embedded/workspace/recover.ts';
import { relocateWorkspace } from '../../../src/embedded/workspace/relocate.ts';
import { tableFiles } from '../../../src/embedded/workspace/table-files.ts';
import type { Workspace } from '../../../src/embedded/workspace/workspace.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSchema } from '../../../src/iceberg/metadata.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { loadTable } from '../../../src/iceberg/table.ts';
import { fails } from '../../state/contract.ts';
import { putRaw, type Workbench, workbench } from '../../support/workbench.ts';
import { ID, wrappedContract } from '../../support/wrapped-contract.ts';

const CONTRACT = wrappedContract(
  [
    ID,
    '{ name: day, logicalType: date, partitioned: true, partitionKeyPosition: 1, customProperties: [{ property: transform, value: day }] }',
    '{ name: amount, logicalType: integer, criticalDataElement: true }',
  ],
  { custom: ['{ property: envelope, value: wrapped }', '{ property: publishTime, value: publishTime }'] },
);

describe('a workspace that was moved', () => {
  let bench: Workbench;
  let elsewhere: string;
  beforeEach(async () => {
    bench = await workbench(CONTRACT);
    elsewhere = `${bench.temporary.root}-elsewhere`;
    await put(['a', 1n, 1], ['b', 1n, 2], ['c', 1n, 3]);
    await put(['a', 2n, 4], ['b', 2n, 5]);
    await put(['a', 3n, 6], ['d', 1n, 7]);
  });
  afterEach(async () => {
    await bench.close();
    await rm(elsewhere, { recursive: true, force: true });
  });

  const put = async (...rows: readonly (readonly [id: string, time: bigint, amount: number])[]) => {
    await bench.putRaw(
      rows.map(([id, time, amount]) => ({
        id: `${id}-${time}`,
        time,
        payload: `{"id":"${id}","amount":${amount},"day":"2026-01-0${id === 'a' ? 1 : 2}"}`,
      })),
    );
    await bench.run();
  };
  const options = { clock: () => bench.temporary.now, environment: {} };

  /** The rows of every kept snapshot of every table, which a move must not change. */
  const everySnapshot = async (workspace: Workspace): Promise<readonly string[]> => {
    const seen: string[] = [];
    for (const ref of await workspace.catalog.tables()) {
      const table = await loadTable(localFiles, workspace.catalog, ref);
      for (const snapshot of table?.metadata.snapshots ?? []) {
        assert.ok(table !== null);
        const files = await planScan(localFiles, table.metadata, snapshot);
        const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
        const rows = await bench.engine.rows(
          `SELECT to_json(r)::VARCHAR AS row FROM (${relation}) r ORDER BY 1`,
        );
        seen.push(
          `${ref.namespace}.${ref.name} ${snapshot['snapshot-id']}`,
          ...rows.map(({ row }) => String(row)),
        );
      }
    }
    return seen;
  };

  it('refers to the new folder everywhere, with the same rows in every snapshot', async () => {
    const before = await everySnapshot(bench.workspace);
    assert.ok(before.length > 20);
    await rename(bench.temporary.root, elsewhere);
    const found = await relocateWorkspace(elsewhere, options);
    assert.deepEqual(found, { from: bench.temporary.root, to: elsewhere, tables: 4 });
    const workspace = await openWorkspace(elsewhere, options);
    assert.deepEqual(await everySnapshot(workspace), before);
    assert.equal((await measureBalance(workspace, 'things')).status, 'balanced');
    assert.deepEqual(await workspace.store.openWorks(), []);
    const checks = await doctor(elsewhere, options, true);
    assert.deepEqual(
      checks.filter(({ status }) => status === 'failed'),
      [],
    );
    await workspace.close();
  });

  it('continues to work: updates find rows that were written and deleted before the move', async () => {
    await rename(bench.temporary.root, elsewhere);
    await relocateWorkspace(elsewhere, options);
    const workspace = await openWorkspace(elsewhere, options);
    const late = (id: string, day: number) => `{"id":"${id}","amount":9,"day":"2026-01-0${day}"}`;
    await putRaw(workspace, bench.engine, 'things', [
      { id: 'a-9', time: 9n, payload: late('a', 1) },
      { id: 'c-9', time: 9n, payload: late('c', 3) },
    ]);
    const [result] = await runSemantic(workspace, ['things'], {
      signal: new AbortController().signal,
      faults: NO_FAULTS,
      engine: async () => bench.engine,
      onPhase: () => undefined,
    });
    assert.equal(result?.counts.updated, 2);
    assert.equal(result?.rows, 4n);
    assert.equal((await measureBalance(workspace, 'things')).status, 'balanced');
    await workspace.close();
  });

  it('does not change a byte of the original of a copy', async () => {
    await cp(bench.temporary.root, elsewhere, { recursive: true });
    const contents = async (root: string) => {
      const entries = await readdir(join(root, 'data', 'warehouse'), {
        withFileTypes: true,
        recursive: true,
      });
      const files = entries
        .filter((entry) => entry.isFile())
        .map((entry) => join(entry.parentPath, entry.name))
        .sort();
      return Promise.all(files.map(async (file) => [file, (await readFile(file)).toString('base64')]));
    };
    const before = await contents(bench.temporary.root);
    await relocateWorkspace(elsewhere, options);
    assert.deepEqual(await contents(bench.temporary.root), before);
    await rm(bench.temporary.root, { recursive: true });
    const workspace = await openWorkspace(elsewhere, options);
    assert.ok((await everySnapshot(workspace)).length > 20);
    await workspace.close();
  });

  it('can be interrupted without a change, and the next call completes it', async () => {
    await rename(bench.temporary.root, elsewhere);
    // An unreadable manifest list stops the relocation half-way.
    const folder = join(elsewhere, 'data', 'warehouse', 'semantic', 'things', 'metadata');
    const [list = ''] = (await readdir(folder)).filter((name) => name.startsWith('snap-'));
    await rename(join(folder, list), join(folder, 'away'));
    await assert.rejects(relocateWorkspace(elsewhere, options), fails('METADATA_INVALID_FILE'));
    await rename(join(folder, 'away'), join(folder, list));
    await assert.rejects(openWorkspace(elsewhere, options), fails('WORKSPACE_MOVED'));
    assert.equal((await relocateWorkspace(elsewhere, options)).tables, 4);
    const workspace = await openWorkspace(elsewhere, options);
    await recover(workspace);
    const named: string[] = [];
    for (const ref of await workspace.catalog.tables()) {
      const table = await loadTable(localFiles, workspace.catalog, ref);
      if (table !== null) named.push(...(await tableFiles(table)).map(({ path }) => path));
    }
    const present = await localFiles.list(join(elsewhere, 'data', 'warehouse'));
    const strays = present
      .map(({ location }) => location)
      .filter((path) => !named.includes(path) && !path.endsWith('.metadata.json'));
    assert.deepEqual(strays, []);
    await workspace.close();
  });

  it('does nothing if the tables already refer to the folder', async () => {
    assert.equal((await relocateWorkspace(bench.temporary.root, options)).tables, 0);
  });
});
