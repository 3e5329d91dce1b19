import { readdir, readFile } from 'node:fs/promises';
import type { LoadedContracts } from '../../contract/load.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { isErrno } from './errno.ts';
import { CONTRACT_ENDING, contractFile, type WorkspacePaths } from './paths.ts';
import type { WorkspaceContract } from './workspace.ts';

/** By file name, sorted; a missing folder holds none. */
export async function listTopics(paths: Pick<WorkspacePaths, 'topics'>): Promise<readonly string[]> {
  try {
    const names = await readdir(paths.topics);
    return names
      .filter((name) => name.endsWith(CONTRACT_ENDING))
      .map((name) => name.slice(0, -CONTRACT_ENDING.length))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Throws TOPIC_UNKNOWN, or CONTRACT_INVALID with every problem of the file. */
export async function readContract(
  paths: Pick<WorkspacePaths, 'topics'>,
  topic: string,
): Promise<WorkspaceContract> {
  const file = contractFile(paths, topic);
  const bytes = await readBytes(file, topic);
  // Loaded here, so that commands that need no contract start without the YAML parser.
  const { loadContract } = await import('../../contract/load.ts');
  const loaded = loadContract(file, bytes);
  if (loaded.ok) return { topic: loaded.topic, file, text: Buffer.from(bytes).toString('utf8') };
  const errors = loaded.problems.filter((problem) => problem.severity === 'error');
  const line = errors[0]?.line;
  throw new LeanOpsError('CONTRACT_INVALID', {
    operation: `reading the contract of ${topic}`,
    detail: errors.map((each) => `line ${each.line}: ${each.path}: ${each.problem}`).join('; '),
    file,
    ...(line === undefined ? {} : { line }),
  });
}

/** Every contract file of the workspace, sound or not. */
export async function readContracts(paths: Pick<WorkspacePaths, 'topics'>): Promise<LoadedContracts> {
  const topics = await listTopics(paths);
  const files = topics.map(async (topic) => {
    const file = contractFile(paths, topic);
    return { file, bytes: await readBytes(file, topic) };
  });
  const { loadContracts } = await import('../../contract/load.ts');
  return loadContracts(await Promise.all(files));
}

async function readBytes(file: string, topic: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new LeanOpsError('TOPIC_UNKNOWN', {
      operation: `looking for the topic ${topic}`,
      detail: `there is no ${file}`,
      cause: error,
    });
  }
}
