import { mkdtemp, realpath, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { defaultConfig } from '../../src/embedded/workspace/default-config.ts';
import { openWorkspace } from '../../src/embedded/workspace/open.ts';
import type { Workspace } from '../../src/embedded/workspace/workspace.ts';

export interface Temporary {
  readonly root: string;
  /** Microseconds; tests move it. */
  now: bigint;
  readonly open: () => Promise<Workspace>;
  readonly remove: () => Promise<void>;
}

/**
 * Makes a folder with a default lean-ops.yaml and nothing else. Its clock moves only when a test moves it.
 */
export async function temporaryWorkspace(): Promise<Temporary> {
  const root = await realpath(await mkdtemp(join(tmpdir(), 'lean-ops-workspace-')));
  await writeFile(join(root, 'lean-ops.yaml'), defaultConfig({}));
  const temporary: Temporary = {
    root,
    now: 1_772_323_200_000_000n,
    open: () => openWorkspace(root, { clock: () => temporary.now, environment: {} }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
  return temporary;
}
