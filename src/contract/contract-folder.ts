import { readdir, readFile } from 'node:fs/promises';
import { relative } from 'node:path';
import { isErrno } from '../base/errno.ts';
import { LeanOpsError } from '../errors/error.ts';
import { CONTRACT_SUFFIX, contractFile } from './file-name.ts';
import type { LoadedContracts } from './load.ts';
import type { Topic } from './model.ts';

/** A topic's contract as the file is now, registered or not. */
export interface TopicContract {
  readonly topic: Topic;
  /** Absolute path. On AWS the name of the registered version. */
  readonly file: string;
  /** The whole text of the file, which the registry keeps. */
  readonly text: string;
}

/** Topics by file name, sorted. None if the folder is missing. */
export async function listTopics(folder: string): Promise<readonly string[]> {
  try {
    const names = await readdir(folder);
    return names
      .filter((name) => name.endsWith(CONTRACT_SUFFIX))
      .map((name) => name.slice(0, -CONTRACT_SUFFIX.length))
      .sort();
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return [];
    throw error;
  }
}

/** Throws TOPIC_UNKNOWN, or CONTRACT_INVALID with every problem of the file. */
export async function readContract(folder: string, topic: string): Promise<TopicContract> {
  const file = contractFile(folder, topic);
  const bytes = await readBytes(file, topic);
  // Loaded here: commands that need no contract start without the YAML parser.
  const { loadContract } = await import('./load.ts');
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

/** Every contract file of the folder, valid or not. Problems name files relative to `shownFrom`, without it by full path. */
export async function readContracts(folder: string, shownFrom?: string): Promise<LoadedContracts> {
  const topics = await listTopics(folder);
  const files = topics.map(async (topic) => {
    const file = contractFile(folder, topic);
    return {
      file: shownFrom === undefined ? file : relative(shownFrom, file),
      bytes: await readBytes(file, topic),
    };
  });
  const { loadContracts } = await import('./load.ts');
  return loadContracts(await Promise.all(files));
}

async function readBytes(file: string, topic: string): Promise<Uint8Array> {
  try {
    return await readFile(file);
  } catch (error) {
    if (!isErrno(error, 'ENOENT')) throw error;
    throw new LeanOpsError('TOPIC_UNKNOWN', {
      operation: `reading the contract of ${topic}`,
      detail: `${file} does not exist`,
      about: { topic },
      cause: error,
    });
  }
}
