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

/** Data and keys are not for a repository; contracts and configuration are. */
const GIT_IGNORE = '/data/\n/secrets/\n';

export interface NewWorkspace {
  readonly root: string;
  /** What was written, relative to the root. */
  readonly files: readonly string[];
}

/**
 * Makes a workspace with a sample topic in a new or empty folder (one with only a .git counts as empty). Throws
 * WORKSPACE_EXISTS, WORKSPACE_READ_ONLY, DISK_FULL; after a failure nothing that it wrote is left.
 */
export async function initWorkspace(folder: string): Promise<NewWorkspace> {
  try {
    await mkdir(folder, { recursive: true });
  } catch (error) {
    if (isErrno(error, 'EEXIST', 'ENOTDIR')) throw exists(folder, 'it is a file');
    throw fileError(error, 'making a workspace', folder);
  }
  const root = await realpath(folder);
  const present = (await readdir(root)).filter((name) => name !== '.git');
  if (present.length > 0) throw exists(root, `it holds ${present.slice(0, 3).join(', ')}`);
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

/** The configuration comes last: without it the folder is no workspace. */
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
