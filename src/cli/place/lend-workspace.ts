import { systemClock } from '../../base/time.ts';
import { type OpenOptions, openWorkspace } from '../../embedded/workspace/open.ts';
import { recover } from '../../embedded/workspace/recover.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { Context } from '../command/command.ts';

/** The clock and environment with which commands open a workspace. */
export function openOptions(context: Context): OpenOptions {
  return { clock: systemClock, environment: context.env };
}

/** Lends the workspace of the command line to one task, and closes it afterwards. */
export async function withWorkspace<T>(
  context: Context,
  task: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  const workspace = await openWorkspace(context.workspace, openOptions(context));
  try {
    return await task(workspace);
  } finally {
    await workspace.close();
  }
}

/** As `withWorkspace`, for commands that write: it first removes the remains of interrupted runs. */
export function withRecoveredWorkspace<T>(
  context: Context,
  task: (workspace: Workspace) => Promise<T>,
): Promise<T> {
  return withWorkspace(context, async (workspace) => {
    await recover(workspace);
    return task(workspace);
  });
}
