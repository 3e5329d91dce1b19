import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { text } from 'node:stream/consumers';
import type { Tree } from './tree.ts';

const CLOSING_LINE = /^(\d+) passed, (\d+) failed$/m;
/** SQL or code that does not even run is not a small wrong change. */
const BROKEN = /Parser Error|Binder Error|ReferenceError/;

export type Answer =
  | { readonly kind: 'passed' }
  | { readonly kind: 'failed' }
  | { readonly kind: 'broken' | 'too-long' | 'crashed'; readonly output: string };

export interface TestRun {
  readonly files: readonly string[];
  /** Chooses among the tests by name; null: all. */
  readonly only: string | null;
  /** Processor seconds, which a busy machine does not stretch. */
  readonly maxSeconds: number;
}

/** Runs test files in a tree, in one process, up to the first test that fails. */
export async function runTests(tree: Tree, { files, only, maxSeconds }: TestRun): Promise<Answer> {
  const names = only === null ? [] : [`--test-name-pattern=${only}`];
  const reporter = '--test-reporter=./test/mutation/first-failure.mjs';
  const preload = '--import=./test/mutation/no-shrinking.mjs';
  const argv = [preload, '--test', '--test-isolation=none', reporter, ...names, ...files];
  const limited = ['-c', `ulimit -t ${maxSeconds}; exec "$0" "$@"`, process.execPath, ...argv];
  const child = spawn('bash', limited, {
    cwd: tree.folder,
    // The hundreds of runs load the same modules but for one.
    env: { ...process.env, TMPDIR: tree.temporary, NODE_COMPILE_CACHE: `${tree.temporary}/compiled` },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const [output, errors, [code, signal]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'close'),
  ]);
  if (signal !== null || code > 128) return { kind: 'too-long', output: output + errors };
  const [, , failed] = CLOSING_LINE.exec(output) ?? [];
  if (failed === undefined) return { kind: 'crashed', output: output + errors };
  if (BROKEN.test(output)) return { kind: 'broken', output };
  return { kind: Number(failed) === 0 ? 'passed' : 'failed' };
}
