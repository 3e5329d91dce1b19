import { mkdir, readdir, realpath, rm, writeFile } from 'node:fs/promises';
import { join, relative } from 'node:path';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import { contractFile } from '../../contract/file-name.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { defaultConfig } from './default-config.ts';
import { createMaskingKey } from './masking-key-file.ts';
import { type WorkspacePaths, workspacePaths } from './paths.ts';
import { SAMPLE_CONTRACT, SAMPLE_TOPIC, sampleMessages } from './sample.ts';

/** Data and keys do not belong in a repository; contracts and settings do. */
const GIT_IGNORE = '/data/\n/secrets/\n';

export interface NewWorkspace {
  readonly root: string;
  /** The written files, relative to the root. */
  readonly files: readonly string[];
}

/**
 * Creates a workspace with a sample topic in a new or empty folder; a folder with only a .git counts as empty. Throws
 * WORKSPACE_EXISTS, WORKSPACE_READ_ONLY, DISK_FULL. After an error it removes what it wrote.
 */
export async function initWorkspace(folder: string): Promise<NewWorkspace> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ENOTDIR')) throw exists(folder, 'a file has this name');
    throw fileError(error, 'making a workspace', folder);
  }
  const root = await realpath(folder);
  const present = (await readdir(root)).filter((name) => name !== '.git');
  if (present.length > 0) throw exists(root, `the folder already has ${present.slice(0, 3).join(', ')}`);
  const paths = workspacePaths(root);
  try {
    return { root, files: await writeWorkspace(paths) };
  } catch (error) {
    for (const name of await readdir(root)) {
      if (name !== '.git') await rm(join(root, name), { recursive: true, force: true });
    }
    throw fileError(error, 'making a workspace', root);
  }
}

/** Writes lean-ops.yaml last: a folder without it is not a workspace. */
async function writeWorkspace(paths: WorkspacePaths): Promise<readonly string[]> {
  const messages = join(paths.root, 'messages', `${SAMPLE_TOPIC}.ndjson`);
  await mkdir(paths.topics);
  await mkdir(join(paths.root, 'messages'));
  const files: readonly (readonly [string, string])[] = [
    [join(paths.root, '.gitignore'), GIT_IGNORE],
    [contractFile(paths.topics, SAMPLE_TOPIC), SAMPLE_CONTRACT],
    [messages, sampleMessages()],
    [paths.config, defaultConfig({ [SAMPLE_TOPIC]: relative(paths.root, messages) })],
  ];
  await createMaskingKey(paths);
  for (const [file, text] of files) await writeFile(file, text, { flag: 'wx' });
  return [paths.maskingKey, ...files.map(([file]) => file)].map((file) => relative(paths.root, file));
}

function exists(folder: string, why: string): LeanOpsError {
  return new LeanOpsError('WORKSPACE_EXISTS', {
    operation: 'making a workspace',
    detail: `${folder}: ${why}`,
  });
}
