import { stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import { hashFile } from '../../base/hash-file.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { ReachableFile } from '../../iceberg/reachable-files.ts';
import { loadTable } from '../../iceberg/table.ts';
import { errorsTableName, SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import type { FileChecksum } from '../../state/table-commit.ts';
import { type Check, checked, failed, ok } from './check.ts';
import { tableFiles } from './table-files.ts';
import type { Workspace } from './workspace.ts';

const RESTORE = 'Restore the files from a backup.';
/** Files that one line names; the line also gives their total number. */
const SHOWN = 3;

/** Checks that every file of each table exists with the right length; with `deep` also its checksum. */
export async function tableChecks(workspace: Workspace, deep: boolean): Promise<readonly Check[]> {
  const checks: Check[] = [];
  for (const ref of await workspace.catalog.tables()) {
    const name = tableName(ref);
    checks.push(await checked(name, () => checkTable(workspace, ref, deep)));
  }
  return checks;
}

async function checkTable(workspace: Workspace, ref: TableRef, deep: boolean): Promise<Check> {
  const name = tableName(ref);
  const table = await loadTable(localFiles, workspace.catalog, ref);
  const remedy = await restoring(workspace, ref);
  if (table === null) return failed(name, 'the catalog has no metadata file for it', remedy);
  const files = await tableFiles(table);
  const damaged: string[] = [];
  let unsure = 0;
  for (const file of files) {
    const checksum = deep ? await workspace.store.fileChecksum(file.path) : null;
    const damage = await damageOf(file, checksum);
    if (damage !== null) damaged.push(`${file.path} ${damage}`);
    else if (deep && file.kind !== 'metadata' && checksum === null) unsure++;
  }
  if (damaged.length > 0) {
    return failed(name, `${damaged.length} damaged: ${damaged.slice(0, SHOWN).join('; ')}`, remedy);
  }
  const depth = !deep ? 'lengths agree' : `bytes agree${unsure > 0 ? `, ${unsure} without checksum` : ''}`;
  return ok(name, `${files.length} files, ${depth}`);
}

/** A rebuild derives a topic's rows and errors from RAW again. RAW and drift exist only once. */
async function restoring(workspace: Workspace, { namespace, name }: TableRef): Promise<string> {
  if (namespace !== SEMANTIC_NAMESPACE) return RESTORE;
  const found = (await workspace.store.checkpoints()).find(
    ({ topic }) => name === topic || name === errorsTableName(topic),
  );
  return found === undefined
    ? RESTORE
    : `${RESTORE} Or derive it from RAW: \`lean-ops rebuild ${found.topic}\`.`;
}

/** What is wrong with a file; null if it is intact. */
async function damageOf(file: ReachableFile, checksum: FileChecksum | null): Promise<string | null> {
  const size = await sizeOf(file.path);
  if (size === null) return 'is missing';
  if (file.size !== null && size !== file.size) return `has ${size} bytes instead of ${file.size}`;
  if (checksum === null) return null;
  return (await hashFile(file.path)) === checksum.sha256 ? null : 'differs from the bytes that were written';
}

async function sizeOf(path: string): Promise<bigint | null> {
  try {
    return (await stat(path, { bigint: true })).size;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}
