import { LeanOpsError } from '../../errors/error.ts';
import { remedyOf } from '../../errors/remedy.ts';
import { type Check, failed, ok } from './check.ts';
import { machineChecks } from './machine-checks.ts';
import { type OpenOptions, openWorkspace } from './open.ts';
import { tableChecks } from './table-checks.ts';
import type { Workspace } from './workspace.ts';
import { workspaceChecks } from './workspace-checks.ts';

/**
 * Checks machine, workspace and tables, and continues after each finding. `deep` reads every data file. Throws only
 * WORKSPACE_MISSING.
 */
export async function doctor(folder: string, options: OpenOptions, deep: boolean): Promise<readonly Check[]> {
  const opened = await tryOpen(folder, options);
  const checks = [...(await machineChecks(folder))];
  if (opened instanceof LeanOpsError)
    return [...checks, failed('workspace', opened.message, remedyOf(opened, 'embedded'))];
  try {
    checks.push(ok('workspace', opened.paths.root));
    checks.push(...(await workspaceChecks(opened)), ...(await tableChecks(opened, deep)));
    return checks;
  } finally {
    await opened.close();
  }
}

async function tryOpen(folder: string, options: OpenOptions): Promise<Workspace | LeanOpsError> {
  try {
    return await openWorkspace(folder, options);
  } catch (error) {
    if (error instanceof LeanOpsError && error.code !== 'WORKSPACE_MISSING') return error;
    throw error;
  }
}
