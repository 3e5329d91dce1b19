import { stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import { hashFile } from '../../base/hash-file.ts';
import { type TableRef, tableName } from '../../iceberg/catalog.ts';
import { localFiles } from '../../iceberg/local-files.ts';
import type { ReachableFile } from '../../iceberg/reachable-files.ts';
import { loadTable } from '../../iceberg/table.ts';
import type { FileChecksum } from '../../state/table-commit.ts';
import { type Check, checked, failed, ok } from './check.ts';
import { tableFiles } from './table-files.ts';
import type { Workspace } from './workspace.ts';

const RESTORE = 'Restore the files from `lean-ops backup`; a damaged semantic table can be rebuilt from RAW.';
/** Named in one line; the number of all is said too. */
const SHOWN = 3;

/** Whether every file that a table needs is there in its right length, and when `deep`, with its right bytes. */
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
  if (table === null) return failed(name, 'the catalog names no metadata file', RESTORE);
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
    return failed(name, `${damaged.length} damaged: ${damaged.slice(0, SHOWN).join('; ')}`, RESTORE);
  }
  const depth = !deep ? 'lengths agree' : `bytes agree${unsure > 0 ? `, ${unsure} without checksum` : ''}`;
  return ok(name, `${files.length} files, ${depth}`);
}

/** null: nothing is wrong with it. */
async function damageOf(file: ReachableFile, checksum: FileChecksum | null): Promise<string | null> {
  const size = await sizeOf(file.path);
  if (size === null) return 'is missing';
  if (file.size !== null && size !== file.size) return `has ${size} bytes instead of ${file.size}`;
  if (checksum === null) return null;
  return (await hashFile(file.path)) === checksum.sha256 ? null : 'has other bytes than were written';
}

async function sizeOf(path: string): Promise<bigint | null> {
  try {
    return (await stat(path, { bigint: true })).size;
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ENOTDIR')) return null;
    throw error;
  }
}
