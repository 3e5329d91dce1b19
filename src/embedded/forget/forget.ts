import { join } from 'node:path';
import { countRows } from '../../duckdb/engine/count-rows.ts';
import { type Session, withSession } from '../../duckdb/engine/session.ts';
import { type AskedKey, askedKey, isAmbiguous } from '../../duckdb/explain/asked-key.ts';
import { invariant, LeanOpsError } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import { currentSnapshot } from '../../iceberg/metadata.ts';
import { reachableFiles } from '../../iceberg/reachable-files.ts';
import { planScan } from '../../iceberg/scan.ts';
import { derivedTable, rawTable } from '../../pipeline/batches/topic-tables.ts';
import { type ContractVersion, newestVersion, versionOf } from '../../pipeline/contracts/contract-version.ts';
import { movedCheckpoint } from '../../pipeline/maintenance/moved-checkpoint.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { RAW_WITHOUT_BOUNDS } from '../../raw/table.ts';
import { planOf } from '../../semantic/plan.ts';
import { errorsTableName } from '../../semantic/tables.ts';
import type { Relation } from '../../sql/relation.ts';
import type { Erasure, ErasureCounts } from '../../state/erasure.ts';
import type { Lease } from '../../state/lease.ts';
import { runSemantic } from '../jobs/incremental.ts';
import type { SemanticOptions } from '../jobs/semantic-work.ts';
import { removeOrphans } from '../maintain/remove-orphans.ts';
import { loadRunTable, type TableRun, throwIfStopped } from '../maintain/table-run.ts';
import { underLease } from '../workspace/held-lease.ts';
import { deleteRemovedFiles } from '../workspace/removed-files.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { dropHistory } from './drop-history.ts';
import { type EraseStyle, eraseRows, searchIn } from './erase-rows.ts';
import { bindAskedKey, type Locate, locatorsOf, strangersSql } from './locate-rows.ts';
import { matchingLetters } from './matching-letters.ts';

/** What exists of a key before the erasure. Kept snapshots count too, so a row can count more than once. */
export interface Found extends ErasureCounts {
  readonly unreadableLetters: number;
}

export interface ForgetOptions extends SemanticOptions {
  /** Dead letters that belong to the key according to a person, although the key cannot be read in them. */
  readonly letterIds: readonly string[];
  /** Called before anything is erased; false: nothing is erased. A started erasure is finished without asking. */
  readonly confirm: (found: Found) => Promise<boolean>;
}

/** 'unknown': nothing has the key; 'kept': the person did not confirm. */
export type ForgetResult =
  | { readonly kind: 'erased'; readonly erasure: Erasure }
  | { readonly kind: 'unknown' | 'kept'; readonly found: Found };

/** Later than the change of any file. Microseconds. */
const WHATEVER_AGE = 2n ** 62n;

interface ForgetRun {
  readonly workspace: Workspace;
  readonly session: Session;
  readonly lease: Lease;
  readonly options: ForgetOptions;
  readonly contract: ContractVersion;
  readonly asked: AskedKey;
  readonly masking: MaskingKey;
}

/**
 * Erases a key from the semantic and the errors table, RAW, the dead letters, all older snapshots and their files, and
 * the free pages of the state. It holds both leases of the topic, and all RAW rows are processed first, so no fate is
 * posted for an erased row. It first stores a ticket, and each step can be repeated, so the same call finishes an
 * interrupted erasure. Later messages with the key are ingested again. Throws LEASE_HELD, STATE_BUSY.
 */
export async function forget(
  workspace: Workspace,
  topic: string,
  key: string,
  options: ForgetOptions,
): Promise<ForgetResult> {
  const masking = await workspace.maskingKey();
  if (masking === null) {
    throw new LeanOpsError('MASKING_KEY_MISSING', {
      operation: `forgetting a key of ${topic}`,
      detail: 'the receipt names the key by its hash',
    });
  }
  return underLease(workspace, { topic, work: 'ingest' }, async (_ingest, lostIngest) => {
    await runSemantic(workspace, [topic], options);
    return underLease(workspace, { topic, work: 'semantic' }, async (lease, lost) => {
      const signal = AbortSignal.any([options.signal, lost, lostIngest]);
      const { contractVersion } = await workspace.store.checkpoint(topic);
      const contract =
        contractVersion === null
          ? await newestVersion(workspace, await workspace.contract(topic), false)
          : await versionOf(workspace, topic, contractVersion);
      const asked = askedKey(planOf(contract.topic), key, masking);
      const engine = await options.engine();
      return withSession(engine, async (session) => {
        await bindAskedKey(session, asked, masking);
        const run = { workspace, session, lease, options: { ...options, signal }, contract, asked, masking };
        return forgetUnderLease(run);
      });
    });
  });
}

async function forgetUnderLease(run: ForgetRun): Promise<ForgetResult> {
  const { workspace, lease, options, asked } = run;
  const { store } = workspace;
  const { topic } = lease.scope;
  const strangers = isAmbiguous(asked) ? await findStrangers(run) : null;
  const tables = tablesOf(run, strangers);
  const begun = (await store.erasures(topic)).some(
    ({ keyHash, endedAt }) => keyHash === asked.hash && endedAt === null,
  );
  if (!begun) {
    const found = await look(run, tables);
    if (sumOf(found) === 0) return { kind: 'unknown', found };
    if (!(await options.confirm(found))) return { kind: 'kept', found };
  }
  await store.openErasure(lease, asked.hash, workspace.clock());
  options.faults.hit('forget:after-ticket');
  for (const { table, style } of tables) await eraseRows(table, style);
  options.faults.hit('forget:after-rows');
  const unreadable = await eraseLetters(run);
  const snapshots: Record<string, string> = {};
  for (const { table } of tables) {
    const left = await dropHistory(table);
    if (left !== null) snapshots[tableName(table.ref)] = left.toString();
    // Files of lost commit races can have rows of the key too.
    await removeOrphans(table, WHATEVER_AGE);
  }
  await deleteRemovedFiles(workspace, options.faults);
  options.faults.hit('forget:before-scrub');
  await store.scrub();
  const end = { endedAt: workspace.clock(), unreadableLetters: unreadable, snapshots };
  await store.closeErasure(lease, asked.hash, end);
  const erasure = (await store.erasures(topic)).findLast(({ keyHash }) => keyHash === asked.hash);
  invariant(erasure !== undefined, 'the erasure was opened above');
  return { kind: 'erased', erasure };
}

/** Rejected rows show their key as one joined text: RAW says which of them have another key. null if RAW is empty. */
async function findStrangers(run: ForgetRun): Promise<Relation | null> {
  const raw = await loadRunTable(tableRun(run, rawTable(run.lease.scope.topic)));
  if (raw === null) return null;
  const files = await planScan(localFiles, raw.metadata, currentSnapshot(raw.metadata));
  const paths = files.map(({ file }) => file.path);
  return withSession(run.session.engine, async (inner) => {
    const searched = await searchIn(inner, raw, paths);
    return run.session.table('strangers', strangersSql(searched, run.contract));
  });
}

interface ForgetTable {
  readonly table: TableRun;
  readonly style: EraseStyle;
}

/** RAW last: from it the others could be derived again, should this end in the middle. */
function tablesOf(run: ForgetRun, strangers: Relation | null): readonly ForgetTable[] {
  const { topic } = run.lease.scope;
  const locators = locatorsOf(run.contract, strangers);
  const counting =
    (gone: 'erasedRows' | 'erasedErrors', count: keyof ErasureCounts): EraseStyle['ledger'] =>
    (rows) =>
    async () => {
      const erasure = { keyHash: run.asked.hash, counts: { [count]: rows } };
      return { checkpoint: null, gone: { [gone]: rows }, erasure };
    };
  return [
    {
      table: tableRun(run, derivedTable(topic)),
      style: {
        locate: locators.semantic,
        withoutBounds: new Set(),
        countsRows: true,
        counted: 'true',
        ledger: counting('erasedRows', 'semanticRows'),
      },
    },
    {
      table: tableRun(run, derivedTable(errorsTableName(topic))),
      style: {
        locate: locators.errors,
        withoutBounds: new Set(),
        countsRows: false,
        // Redriven rows no longer count as rejected.
        counted: 'r.redriven_batch_id IS NULL',
        ledger: counting('erasedErrors', 'errorRows'),
      },
    },
    {
      table: tableRun(run, rawTable(topic)),
      style: {
        locate: locators.raw,
        withoutBounds: RAW_WITHOUT_BOUNDS,
        countsRows: false,
        counted: 'true',
        ledger: (rows) => async (prepared) => {
          const moved = movedCheckpoint(prepared, await run.workspace.store.checkpoint(topic));
          invariant(moved !== undefined, 'every RAW row was processed before');
          const erasure = { keyHash: run.asked.hash, counts: { rawRows: rows } };
          return { checkpoint: moved.checkpoint, gone: { erased: rows }, erasure };
        },
      },
    },
  ];
}

function tableRun(run: ForgetRun, ref: TableRun['ref']): TableRun {
  const { workspace, lease, options, session } = run;
  return {
    workspace,
    ref,
    lease,
    faults: options.faults,
    engine: async () => session.engine,
    throwIfStopped: () => throwIfStopped(options.signal, `forgetting a key of ${lease.scope.topic}`),
  };
}

/** Looks into every file that is kept, of older snapshots too. */
async function look(run: ForgetRun, tables: readonly ForgetTable[]): Promise<Found> {
  const rows: number[] = [];
  for (const { table, style } of tables) rows.push(await rowsIn(run.session, table, style.locate));
  const [semanticRows = 0, errorRows = 0, rawRows = 0] = rows;
  const letters = await lettersOf(run);
  return {
    rawRows,
    semanticRows,
    errorRows,
    deadLetters: letters.ids.length,
    unreadableLetters: letters.unreadable.length,
  };
}

async function rowsIn(session: Session, table: TableRun, locate: Locate): Promise<number> {
  const loaded = await loadRunTable(table);
  if (loaded === null) return 0;
  const files = [...(await reachableFiles(localFiles, loaded.metadata)).values()];
  const data = files.filter(({ kind }) => kind === 'data');
  const paths = data.map(({ path }) => path);
  return withSession(session.engine, async (inner) => {
    const erased = await locate(inner, await searchIn(inner, loaded, paths));
    return countRows(inner.engine, erased.name);
  });
}

async function lettersOf({ workspace, contract, asked, masking, options }: ForgetRun) {
  const { ids, unreadable } = await matchingLetters(workspace, contract.topic, asked, masking);
  const given = unreadable.filter((id) => options.letterIds.includes(id));
  return { ids: [...ids, ...given], unreadable: unreadable.filter((id) => !given.includes(id)) };
}

/** Returns the letters that could not be read. */
async function eraseLetters(run: ForgetRun): Promise<readonly string[]> {
  const { workspace, lease, options, asked } = run;
  const { ids, unreadable } = await lettersOf(run);
  if (ids.length === 0) return unreadable;
  const workId = workspace.newWorkId();
  const now = workspace.clock();
  const files = await workspace.store.bodyFilesOf(ids);
  await workspace.store.openWork(lease, { workId, kind: 'maintenance', directories: [] });
  await workspace.store.recordMaintenance(
    lease,
    {
      table: `state.${lease.scope.topic}`,
      action: 'erase',
      startedAt: now,
      endedAt: workspace.clock(),
      before: { dead_letters: ids.length },
      after: { dead_letters: 0 },
    },
    {
      checkpoint: null,
      gone: { erasedLetters: ids.length },
      letterIds: ids,
      erasure: { keyHash: asked.hash, counts: { deadLetters: ids.length } },
    },
    {
      workId,
      swaps: [],
      files: [],
      removedFiles: files.map((pointer) => join(workspace.paths.root, pointer)),
    },
  );
  options.faults.hit('forget:after-letters');
  await deleteRemovedFiles(workspace, options.faults);
  return unreadable;
}

function sumOf({ rawRows, semanticRows, errorRows, deadLetters }: Found): number {
  return rawRows + semanticRows + errorRows + deadLetters;
}
