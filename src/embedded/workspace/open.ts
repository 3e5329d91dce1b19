import { randomUUID } from 'node:crypto';
import { open as openFile, realpath, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import type { Micros } from '../../base/time.ts';
import { listTopics, readContract } from '../../contract/contract-folder.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { localFiles, makeFolder } from '../../iceberg/local-files.ts';
import {
  type MovedStore,
  type OpenedStore,
  openMovedStore,
  openSqliteStore,
} from '../../state/sqlite/store.ts';
import { faultsFrom } from '../faults.ts';
import { fileSystemOf } from './file-system.ts';
import { createMaskingKey, loadMaskingKey, MASKING_KEY_VARIABLE } from './masking-key-file.ts';
import { isOwnerDead, ownerName } from './owner.ts';
import { CONFIG_FILE, type WorkspacePaths, workspacePaths } from './paths.ts';
import type { Workspace } from './workspace.ts';

export interface OpenOptions {
  /** Microseconds since 1970. */
  readonly clock: () => Micros;
  readonly environment: Readonly<Record<string, string | undefined>>;
}

/**
 * Opens a workspace folder. The data folder is created on first use, so a fresh checkout works. Throws
 * WORKSPACE_MISSING, WORKSPACE_READ_ONLY, WORKSPACE_MOVED, NETWORK_FILE_SYSTEM, CATALOG_NEWER, STATE_BUSY,
 * STATE_DAMAGED, DISK_FULL.
 */
export async function openWorkspace(folder: string, options: OpenOptions): Promise<Workspace> {
  const paths = await preparePaths(folder);
  const faults = faultsFrom(options.environment);
  const opened = openSqliteStore({
    file: paths.database,
    root: paths.root,
    isOwnerDead,
    beforeCommit: () => faults.hit('state:before-commit'),
  });
  try {
    if (await lacksFirstKey(opened, paths, options)) await createMaskingKey(paths);
  } catch (error) {
    await opened.store.close();
    throw fileError(error, 'creating the masking key', paths.maskingKey);
  }
  return assemble(paths, opened, options);
}

/** Creates a missing key as long as nothing was masked. The first run can have been killed before it created one. */
async function lacksFirstKey(
  { store }: OpenedStore,
  paths: WorkspacePaths,
  { environment }: OpenOptions,
): Promise<boolean> {
  if (environment[MASKING_KEY_VARIABLE] || (await localFiles.exists(paths.maskingKey))) return false;
  const checkpoints = await store.checkpoints();
  return checkpoints.every(({ batchId, intent }) => batchId === null && intent === null);
}

/** A workspace whose tables can refer to another folder. */
export interface MovedWorkspace {
  readonly workspace: Workspace;
  readonly recordedRoot: string;
  readonly relocate: MovedStore['relocate'];
}

/** Opens a workspace that was moved or copied. Throws like `openWorkspace`, without WORKSPACE_MOVED. */
export async function openMovedWorkspace(folder: string, options: OpenOptions): Promise<MovedWorkspace> {
  const paths = await preparePaths(folder);
  const opened = openMovedStore({ file: paths.database, root: paths.root, isOwnerDead });
  const { recordedRoot, relocate } = opened;
  return { workspace: assemble(paths, opened, options), recordedRoot, relocate };
}

function assemble(paths: WorkspacePaths, { store, catalog }: OpenedStore, options: OpenOptions): Workspace {
  const owner = ownerName();
  const tempDirectory = join(paths.temp, owner);
  return {
    paths,
    store,
    catalog,
    files: localFiles,
    copies: null,
    clock: options.clock,
    owner,
    tempDirectory,
    newWorkId: randomUUID,
    config: once(async () => (await import('./config.ts')).loadConfig(paths.config)),
    topicNames: () => listTopics(paths.topics),
    contract: (topic) => readContract(paths.topics, topic),
    maskingKey: once(() => loadMaskingKey(paths, options.environment)),
    close: async () => {
      await rm(tempDirectory, { recursive: true, force: true });
      await store.close();
    },
  };
}

/** Finds the workspace and creates the file of its state if it is missing. */
async function preparePaths(folder: string): Promise<WorkspacePaths> {
  const paths = workspacePaths(await findRoot(folder));
  await refuseNetwork(paths.root);
  try {
    await makeFolder(paths.data);
    // Created here, not by SQLite: the file contains dead letters, so only its owner may read it from the start.
    await (await openFile(paths.database, 'a', 0o600)).close();
  } catch (error) {
    throw fileError(error, 'opening the workspace', paths.data);
  }
  return paths;
}

/** The folder with symbolic links resolved, so that the same folder always has the same path. */
async function findRoot(folder: string): Promise<string> {
  try {
    const root = await realpath(folder);
    await stat(join(root, CONFIG_FILE));
    return root;
  } catch (error) {
    if (!isErrno(error, 'ENOENT', 'ENOTDIR')) throw fileError(error, 'opening the workspace', folder);
    throw new LeanOpsError('WORKSPACE_MISSING', {
      operation: 'opening the workspace',
      detail: `${folder} has no ${CONFIG_FILE}`,
    });
  }
}

async function refuseNetwork(root: string): Promise<void> {
  const { kind, name } = await fileSystemOf(root);
  if (kind !== 'network') return;
  throw new LeanOpsError('NETWORK_FILE_SYSTEM', {
    operation: 'opening the workspace',
    detail: `${root} is on ${name}`,
  });
}

function once<T>(load: () => Promise<T>): () => Promise<T> {
  let loading: Promise<T> | undefined;
  return () => {
    loading ??= load();
    return loading;
  };
}
