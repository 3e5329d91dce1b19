import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { CONTRACT_SUFFIX } from '../../contract/file-name.ts';
import { loadContracts } from '../../contract/load.ts';
import type { Topic } from '../../contract/model.ts';
import { LeanOpsError } from '../../errors/error.ts';

/**
 * The contracts in a function's deployment package, by topic. Throws CONFIG_INVALID if there are none, CONTRACT_INVALID
 * with every problem.
 */
export function bundledContracts(folder: string): ReadonlyMap<string, Topic> {
  const files = contractNames(folder).map((file) => ({ file, bytes: readFileSync(join(folder, file)) }));
  const { topics, problems } = loadContracts(files);
  if (problems.length > 0) {
    throw new LeanOpsError('CONTRACT_INVALID', {
      operation: 'loading the contracts',
      detail: problems.map(({ file, line, problem }) => `${file}:${line} ${problem}`).join('; '),
      remedy: 'Fix the contracts, build the functions again (`npm run build:lambda`), and deploy.',
    });
  }
  return new Map(topics.map((topic) => [topic.topic, topic]));
}

function contractNames(folder: string): readonly string[] {
  try {
    const names = readdirSync(folder).filter((name) => name.endsWith(CONTRACT_SUFFIX));
    if (names.length > 0) return names;
  } catch (cause) {
    throw noContracts(cause);
  }
  throw noContracts(undefined);
}

function noContracts(cause: unknown): LeanOpsError {
  return new LeanOpsError('CONFIG_INVALID', {
    operation: 'loading the contracts',
    detail: 'the deployment package has no contracts',
    remedy:
      'Build the functions with `npm run build:lambda`, which bundles the contracts of topics/, and deploy.',
    cause,
  });
}
