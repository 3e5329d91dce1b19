import { readdir, readFile } from 'node:fs/promises';
import { basename } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { CONTRACT_SUFFIX } from '../../contract/file-name.ts';
import { CONFIG_FILE, workspacePaths } from '../../embedded/workspace/paths.ts';
import { LeanOpsError } from '../../errors/error.ts';

/** Files of the topics folder that look like contracts but have another suffix. */
export async function strayContracts(workspace: string): Promise<readonly string[]> {
  const names = await namesOf(workspacePaths(workspace).topics);
  return names.filter((name) => /\.(ya?ml|json)$/i.test(name) && !name.endsWith(CONTRACT_SUFFIX));
}

/** The text of lean-ops.yaml. Throws WORKSPACE_MISSING. */
export async function readConfigText(workspace: string): Promise<string> {
  try {
    return await readFile(workspacePaths(workspace).config, 'utf8');
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw error;
    throw new LeanOpsError('WORKSPACE_MISSING', {
      operation: 'reading the configuration',
      detail: `${basename(workspace)} has no ${CONFIG_FILE}`,
      file: workspace,
    });
  }
}

async function namesOf(folder: string): Promise<readonly string[]> {
  try {
    return (await readdir(folder)).sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}
