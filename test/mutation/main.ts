import { availableParallelism } from 'node:os';
import { join } from 'node:path';
import { readDeclarations } from './declarations.ts';
import { MUTATION_GROUPS } from './groups.ts';
import { type Located, locate, type Mutation } from './mutation.ts';
import { type Answer, runTests } from './run-tests.ts';
import { copyTree, type Tree } from './tree.ts';

/*
 * Tests the tests: makes small wrong changes, one at a time, in a copy of the tree. The tests named with a change must
 * fail on it. Words on the command line choose changes whose file or function contains one of them; `--list` only
 * finds the places of the changes.
 */

const ROOT = join(import.meta.dirname, '..', '..');
/** More trees at once would only wait for each other's engines. */
const MAX_TREES = 4;
/** A wrong change must be noticed within this; the unchanged tests, all of them, may take longer. */
const MAX_SECONDS = 60;
const MAX_SECONDS_UNCHANGED = 180;
const SHOWN_OUTPUT = 2_000;

interface Task {
  readonly title: string;
  readonly tests: readonly string[];
  /** null: the tests without any change, which must pass. */
  readonly wrong: { readonly mutation: Mutation; readonly place: Located } | null;
}

interface Row {
  readonly task: Task;
  readonly passed: boolean;
  readonly text: string;
  readonly seconds: number;
}

const options = process.argv.slice(2);
const words = options.filter((option) => option !== '--list');
const started = performance.now();
const tasks = chosenTasks();
const rows = options.includes('--list') ? listed() : await runAll();
for (const row of rows.filter(({ passed }) => !passed))
  console.log(`\nNOT NOTICED  ${row.task.title}\n${row.text}`);
const failed = rows.filter(({ passed }) => !passed).length;
console.log(`\n${rows.length} runs in ${Math.round((performance.now() - started) / 1_000)} s\n`);
console.log(`${rows.length - failed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;

function chosenTasks(): readonly Task[] {
  const declarations = readDeclarations(ROOT);
  const changes = MUTATION_GROUPS.flatMap(({ tests, mutations }) =>
    mutations.map((mutation): Task => {
      const place = locate(declarations, mutation);
      const file = place.kind === 'found' ? place.file : '?';
      return { title: `${file} ${mutation.in}: ${mutation.why}`, tests, wrong: { mutation, place } };
    }),
  ).filter(({ title }) => words.length === 0 || words.some((word) => title.split(':')[0]?.includes(word)));
  const files = new Set(changes.flatMap(({ tests }) => tests));
  const unchanged = [...files].map((file) => ({
    title: `${file} without a change`,
    tests: [file],
    wrong: null,
  }));
  return [...unchanged, ...changes];
}

function listed(): readonly Row[] {
  return tasks.map((task) => {
    const refused = task.wrong?.place.kind === 'refused' ? task.wrong.place.reason : null;
    return { task, passed: refused === null, text: refused ?? '', seconds: 0 };
  });
}

async function runAll(): Promise<readonly Row[]> {
  const queue = [...tasks];
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
  const answer = await answerTo(tree, task);
  const seconds = (performance.now() - begun) / 1_000;
  if (answer.kind === 'refused') return { task, passed: false, text: answer.reason, seconds };
  const passed = answer.kind === (task.wrong === null ? 'passed' : 'failed');
  const output = 'output' in answer ? answer.output.slice(-SHOWN_OUTPUT) : '';
  return { task, passed, text: `${answer.kind}\n${output}`, seconds };
}

function answerTo(
  tree: Tree,
  { tests, wrong }: Task,
): Promise<Answer> | (Located & { readonly kind: 'refused' }) {
  if (wrong === null) return runTests(tree, { files: tests, only: null, maxSeconds: MAX_SECONDS_UNCHANGED });
  if (wrong.place.kind === 'refused') return wrong.place;
  const run = { files: tests, only: wrong.mutation.only ?? null, maxSeconds: MAX_SECONDS };
  return tree.with(wrong.place.file, wrong.place.edit, () => runTests(tree, run));
}

function lineOf({ task, passed, text, seconds }: Row): string {
  const time = `${seconds.toFixed(1).padStart(5)} s`;
  return `${passed ? 'ok    ' : 'FAILED'} ${time}  ${task.title}${passed ? '' : ` (${text.split('\n')[0]})`}`;
}
