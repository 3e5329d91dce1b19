import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { type OpenedStore, openSqliteStore } from '../../../src/state/sqlite/store.ts';

export interface Folder {
  readonly root: string;
  readonly file: string;
  readonly dead: Set<string>;
  readonly open: () => OpenedStore;
  readonly remove: () => Promise<void>;
}

export async function newFolder(): Promise<Folder> {
  const root = await mkdtemp(join(tmpdir(), 'lean-ops-state-'));
  const file = join(root, 'lean-ops.db');
  const dead = new Set<string>();
  return {
    root,
    file,
    dead,
    open: () => openSqliteStore({ file, root, isOwnerDead: (owner) => dead.has(owner) }),
    remove: () => rm(root, { recursive: true, force: true }),
  };
}
