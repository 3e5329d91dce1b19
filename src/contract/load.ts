import { Cursor } from './cursor.ts';
import { CONTRACT_SUFFIX } from './file-name.ts';
import type { Problem, Topic } from './model.ts';
import { Sheet } from './sheet.ts';
import { readTopic } from './topic.ts';

export type LoadedContract =
  | { readonly ok: true; readonly topic: Topic; readonly warnings: readonly Problem[] }
  | { readonly ok: false; readonly problems: readonly Problem[] };

/**
 * Turns one contract file (ODCS v3.1.0 YAML, `<topic>.odcs.yaml`) into a frozen topic, or reports all of its problems at
 * once, by line. Warnings are among the problems. Does not throw, whatever the content.
 */
export function loadContract(file: string, bytes: Uint8Array): LoadedContract {
  const sheet = new Sheet(file, bytes);
  const topic = sheet.readable ? readTopic(new Cursor(sheet, sheet.root, '', sheet.root), file) : null;
  const problems = sheet.problems.sort((a, b) => a.line - b.line);
  if (topic === null || problems.some(({ severity }) => severity === 'error')) return { ok: false, problems };
  return { ok: true, topic: deepFreeze(topic), warnings: problems };
}

export interface ContractFile {
  readonly file: string;
  readonly bytes: Uint8Array;
}

/** `topics` contains the valid contracts, sorted by name, even if other files have problems. */
export interface LoadedContracts {
  readonly topics: readonly Topic[];
  /** Errors only. A file with an error is not loaded as a topic. */
  readonly problems: readonly Problem[];
  readonly warnings: readonly Problem[];
}

/** Loads a folder's contracts. If two files define one topic, neither is used: it is unknown which one is right. */
export function loadContracts(files: readonly ContractFile[]): LoadedContracts {
  const findings: Problem[] = [];
  const byName = new Map<string, { readonly file: string; readonly topic: Topic }[]>();
  for (const { file, bytes } of [...files].sort((a, b) => (a.file < b.file ? -1 : 1))) {
    const loaded = loadContract(file, bytes);
    findings.push(...(loaded.ok ? loaded.warnings : loaded.problems));
    if (loaded.ok)
      byName.set(loaded.topic.topic, [
        ...(byName.get(loaded.topic.topic) ?? []),
        { file, topic: loaded.topic },
      ]);
  }
  const topics: Topic[] = [];
  for (const same of byName.values()) {
    const [first, ...others] = same;
    if (first !== undefined && others.length === 0) topics.push(first.topic);
    for (const other of others) {
      findings.push({
        file: other.file,
        line: 1,
        path: 'schema[0].name',
        problem: `the topic ${other.topic.topic} is also defined in ${first?.file}`,
        remedy: `Keep one file ${other.topic.topic}${CONTRACT_SUFFIX}.`,
        severity: 'error',
      });
    }
  }
  return {
    topics: topics.sort((a, b) => (a.topic < b.topic ? -1 : 1)),
    problems: findings.filter(({ severity }) => severity === 'error'),
    warnings: findings.filter(({ severity }) => severity === 'warning'),
  };
}

function deepFreeze<T>(value: T): T {
  if (typeof value === 'object' && value !== null && !Object.isFrozen(value)) {
    Object.freeze(value);
    Object.values(value).forEach(deepFreeze);
  }
  return value;
}
