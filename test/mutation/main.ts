import { availableParallelism } from 'node:os';
import { AWS_MUTATIONS } from './aws.ts';
import { CONTRACT_MUTATIONS } from './contract.ts';
import type { Mutation, MutationGroup } from './mutation.ts';
import { QUALITY_MUTATIONS } from './quality.ts';
import { RAW_MUTATIONS } from './raw.ts';
import { type Answer, runTests } from './run-tests.ts';
import { SEMANTIC_MUTATIONS } from './semantic.ts';
import { SQL_GATE_MUTATIONS } from './sql-gates.ts';
import { SQL_VERSION_MUTATIONS } from './sql-versions.ts';
import { STATE_MUTATIONS } from './state.ts';
import { copyTree, type Tree } from './tree.ts';

/**
 * Holds the tests to account: small wrong changes, one at a time, in a copy of the tree; the tests of the changed
 * module must fail on every one. Words on the command line choose files whose name holds one of them.
 */
const GROUPS: readonly MutationGroup[] = [
  ...SQL_GATE_MUTATIONS,
  ...SQL_VERSION_MUTATIONS,
  ...SEMANTIC_MUTATIONS,
  ...CONTRACT_MUTATIONS,
  ...QUALITY_MUTATIONS,
  ...STATE_MUTATIONS,
  ...RAW_MUTATIONS,
  ...AWS_MUTATIONS,
];
/** More trees at once would only wait for each other's engines. */
const MAX_TREES = 4;
/** A wrong change must be noticed within this; the tests as they are, all of them, may take longer. */
const MAX_SECONDS = 10;
const MAX_SECONDS_AS_IT_IS = 60;
const SHOWN_OUTPUT = 2_000;

interface Task {
  readonly group: MutationGroup;
  /** null: the tests without any change, which must pass. */
  readonly mutation: Mutation | null;
}

interface Row {
  readonly task: Task;
  readonly passed: boolean;
  readonly text: string;
  readonly seconds: number;
}

const words = process.argv.slice(2);
const chosen = GROUPS.filter(({ file }) => words.length === 0 || words.some((word) => file.includes(word)));
const tasks = chosen.flatMap((group): Task[] => [
  { group, mutation: null },
  ...group.mutations.map((mutation) => ({ group, mutation })),
]);
const started = performance.now();
const rows = await runAll(tasks);
for (const row of rows.filter(({ passed }) => !passed))
  console.log(`\nNOT NOTICED  ${place(row.task)}\n${row.text}`);
const failed = rows.filter(({ passed }) => !passed).length;
console.log(`\n${rows.length} runs in ${Math.round((performance.now() - started) / 1000)} s\n`);
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

async function runAll(all: readonly Task[]): Promise<readonly Row[]> {
  const queue = [...all];
  const done: Row[] = [];
  const worker = async (): Promise<void> => {
    const tree = copyTree();
    try {
      for (let task = queue.shift(); task !== undefined; task = queue.shift()) {
        const row = await judged(tree, task);
        done.push(row);
        console.log(lineOf(row));
      }
    } finally {
      tree.remove();
    }
  };
  await Promise.all(Array.from({ length: Math.min(MAX_TREES, availableParallelism()) }, worker));
  return done;
}

async function judged(tree: Tree, task: Task): Promise<Row> {
  const begun = performance.now();
  const { group, mutation } = task;
  const run = (): Promise<Answer> =>
    runTests({
      folder: tree.folder,
      files: group.tests,
      only: mutation?.only ?? null,
      maxSeconds: mutation === null ? MAX_SECONDS_AS_IT_IS : MAX_SECONDS,
    });
  const answer = mutation === null ? await run() : await tree.with(group.file, mutation, run);
  const seconds = (performance.now() - begun) / 1_000;
  if (answer === null) {
    const text = `the text does not stand there exactly once: ${mutation?.find}`;
    return { task, passed: false, text, seconds };
  }
  const passed = answer.kind === (mutation === null ? 'passed' : 'failed');
  return { task, passed, text: `${answer.kind}\n${'output' in answer ? tail(answer.output) : ''}`, seconds };
}

function lineOf({ task, passed, text, seconds }: Row): string {
  const time = `${seconds.toFixed(1).padStart(5)} s`;
  return `${passed ? 'ok    ' : 'FAILED'} ${time}  ${place(task)}${passed ? '' : ` (${text.split('\n')[0]})`}`;
}

function tail(output: string): string {
  return output.slice(-SHOWN_OUTPUT);
}

function place({ group, mutation }: Task): string {
  return `${group.file}: ${mutation === null ? 'as it is' : mutation.why}`;
}
