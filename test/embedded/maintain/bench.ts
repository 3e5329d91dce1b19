import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { deepBalance } from '../../../src/duckdb/batch/deep-balance.ts';
import { NO_FAULTS } from '../../../src/embedded/faults.ts';
import { measureBalance } from '../../../src/embedded/figures/balance.ts';
import {
  type MaintainOptions,
  type MaintenanceResult,
  maintain,
} from '../../../src/embedded/maintain/maintain.ts';
import { tableFiles } from '../../../src/embedded/workspace/table-files.ts';
import { ancestors } from '../../../src/iceberg/history.ts';
import { localFiles } from '../../../src/iceberg/local-files.ts';
import { currentSnapshot } from '../../../src/iceberg/metadata.ts';
import { planScan } from '../../../src/iceberg/scan.ts';
import { loadTable, type Table } from '../../../src/iceberg/table.ts';
import { type Workbench, workbench } from '../../support/workbench.ts';
import { type ContractMore, ID, wrappedContract } from '../../support/wrapped-contract.ts';

export const DAY = 86_400_000_000n;

const AMOUNT = '{ name: amount, logicalType: number, physicalType: "decimal(9,2)", required: true }';

/** RAW rows expire after ten days. */
export const RETENTION: ContractMore = { serviceLevels: ['{ property: retention, value: 10, unit: d }'] };

export interface MaintenanceBench extends Workbench {
  readonly maintain: (more?: Partial<MaintainOptions>) => Promise<MaintenanceResult>;
  /** Messages of `count` keys, numbered from 0, at a time; every one after the 20th key is no number. */
  readonly deliver: (count: number, time: bigint) => Promise<void>;
}

/** A workspace with the topic `things`; `settings` are lines of `maintenance:`. */
export async function withBench(
  settings: readonly string[],
  task: (bench: MaintenanceBench) => Promise<void>,
  more: ContractMore = {},
): Promise<void> {
  const bench = await workbench(wrappedContract([ID, AMOUNT], more));
  try {
    const lines = settings.map((line) => `  ${line}\n`).join('');
    await writeFile(
      join(bench.temporary.root, 'lean-ops.yaml'),
      `version: 1\n${lines === '' ? '' : `maintenance:\n${lines}`}`,
    );
    await task({
      ...bench,
      maintain: async (more = {}) => {
        const [result] = await maintain(bench.workspace, ['things'], {
          dryRun: false,
          signal: new AbortController().signal,
          faults: NO_FAULTS,
          engine: async () => bench.engine,
          onTable: () => undefined,
          ...more,
        });
        return result ?? assert.fail('one topic gives one result');
      },
      deliver: (count, time) =>
        bench.putRaw(Array.from({ length: count }, (_, at) => thing(`k${at}`, time, at < 20 ? at : 'no'))),
    });
  } finally {
    await bench.close();
  }
}

export function thing(id: string, time: bigint, amount: number | string) {
  return { id: `${id}@${time}`, time, payload: JSON.stringify({ id, amount }) };
}

export async function tableOf({ workspace }: Workbench, namespace: string, name: string): Promise<Table> {
  const table = await loadTable(localFiles, workspace.catalog, { namespace, name });
  return table ?? assert.fail(`${namespace}.${name} does not exist`);
}

/** Live data and delete files. */
export async function liveFiles(table: Table): Promise<{ data: number; deletes: number }> {
  const scan = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  const deletes = new Set(scan.flatMap((each) => each.deletes.map(({ path }) => path)));
  return { data: scan.length, deletes: deletes.size };
}

/** Every row of a table as text. */
export async function content(bench: Workbench, namespace: string, name: string): Promise<readonly string[]> {
  const { tableRelation } = await import('../../../src/duckdb/parquet/table-relation.ts');
  const { currentSchema } = await import('../../../src/iceberg/metadata.ts');
  const table = await tableOf(bench, namespace, name);
  const files = await planScan(localFiles, table.metadata, currentSnapshot(table.metadata));
  const relation = tableRelation(currentSchema(table.metadata), files, { positions: false });
  const rows = await bench.engine.rows(`SELECT to_json(r)::VARCHAR AS row FROM (${relation}) r ORDER BY 1`);
  return rows.map(({ row }) => String(row));
}

export async function everything(bench: Workbench): Promise<Readonly<Record<string, readonly string[]>>> {
  const all: Record<string, readonly string[]> = {};
  for (const { namespace, name } of await bench.workspace.catalog.tables())
    all[`${namespace}.${name}`] = await content(bench, namespace, name);
  return all;
}

export async function assertBalanced(bench: Workbench, deepStatus = 'equal'): Promise<void> {
  const { workspace, engine } = bench;
  const balance = await measureBalance(workspace, 'things');
  const off = balance.equations.filter(({ residual }) => residual !== 0);
  assert.deepEqual([balance.status, off, balance.namedResiduals], ['balanced', [], []]);
  assert.equal((await deepBalance(workspace, engine, 'things'))?.status, deepStatus);
}

/** Every file of the tables is referenced by a kept snapshot or the metadata log, and every referenced file exists. */
export async function assertNothingStray(bench: Workbench): Promise<void> {
  const { workspace } = bench;
  const known = new Set<string>();
  for (const { namespace, name } of await workspace.catalog.tables()) {
    const table = await tableOf(bench, namespace, name);
    for (const { path } of await tableFiles(table)) known.add(path);
    for (const entry of table.metadata['metadata-log']) known.add(entry['metadata-file']);
  }
  const found = (await localFiles.list(workspace.paths.warehouse)).map(({ location }) => location);
  assert.deepEqual(found, [...known].sort());
  assert.deepEqual(await workspace.store.removedFiles(), []);
  assert.deepEqual(await workspace.store.openWorks(), []);
}

export function history(table: Table): readonly string[] {
  const head = table.metadata['current-snapshot-id'];
  return head === null ? [] : ancestors(table.metadata, head).map(({ summary }) => summary.operation ?? '');
}
