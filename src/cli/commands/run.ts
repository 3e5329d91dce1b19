import { relative } from 'node:path';
import type { Engine } from '../../duckdb/engine/engine.ts';
import { measureBalance } from '../../embedded/figures/balance.ts';
import { runSemantic } from '../../embedded/jobs/incremental.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import { readChecks } from '../../pipeline/figures/standing-checks.ts';
import { chosenTopics } from '../command/chosen-topics.ts';
import type { CommandSpec, Context, Outcome } from '../command/command.ts';
import { listArgument, usage } from '../command/read-call.ts';
import { alertAfter, workVerdicts } from '../jobs/alerts-after-work.ts';
import { semanticExit, semanticJson } from '../jobs/batch-json.ts';
import { eachTask } from '../jobs/each-task.ts';
import { type IngestTask, ingestJson, ingestWithProgress } from '../jobs/ingest-with-progress.ts';
import { withSemanticOptions } from '../jobs/semantic-progress.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace } from '../place/lend-workspace.ts';
import { shownPath } from '../terminal/shown-path.ts';
import { balanceExit, balanceJson } from '../views/balance-view.ts';
import { checkLines, checksExit, checksJson } from '../views/checks-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';
import { runReport } from '../views/run-report.ts';

export const command: CommandSpec = {
  name: 'run',
  summary: 'ingest messages, update the semantic tables, check the balance',
  details:
    'The main job. Without TOPIC=FILE it ingests the inputs that lean-ops.yaml lists and processes every topic. A file is ingested once, so the command can run as often as you like.',
  arguments: [
    {
      name: 'TOPIC=FILE',
      summary: 'messages of a topic, one JSON object per line (plain, .gz, .zst; - for standard input)',
      required: false,
      variadic: true,
      completes: 'file',
    },
  ],
  options: [],
  examples: [
    { line: 'lean-ops run', does: 'Ingests the inputs that lean-ops.yaml lists.' },
    { line: 'lean-ops run orders=orders.ndjson.gz', does: 'Ingests one file and processes its topic.' },
    {
      line: 'lean-ops run --json --quiet',
      does: 'For a scheduler: prints one JSON document and sets the exit code.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withRecoveredWorkspace(context, (workspace) =>
      withLazyEngine(workspace, (engine) =>
        runAll(workspace, engine, listArgument(call, 'TOPIC=FILE'), context),
      ),
    ),
};

async function runAll(
  workspace: Workspace,
  engine: () => Promise<Engine>,
  named: readonly string[],
  context: Context,
): Promise<Outcome> {
  const started = performance.now();
  const tasks =
    named.length > 0 ? named.map((word) => taskOf(word, context.cwd)) : await configuredTasks(workspace);
  const topics = await chosenTopics(workspace, named.length > 0 ? tasks.map(({ topic }) => topic) : []);
  const taken = await eachTask(tasks, context.signal, (task) =>
    ingestWithProgress(workspace, engine, task, context),
  );
  // A broken contract or a halted topic would only fail again.
  const broken = taken.failures
    .filter(({ error }) => ERRORS[error.code].stage === 'contract' || error.code === 'TOPIC_HALTED')
    .map(({ topic }) => topic);
  const pending = topics.filter((topic) => !broken.includes(topic)).map((topic) => ({ topic }));
  const processed = await withSemanticOptions(context, engine, (options) =>
    eachTask(pending, context.signal, ({ topic }) => runSemantic(workspace, [topic], options)),
  );
  const semantic = processed.results.flat();
  const balances = await Promise.all(topics.map((topic) => measureBalance(workspace, topic)));
  const checks = await Promise.all(topics.map((topic) => readChecks(workspace, topic)));
  const failures = [...taken.failures, ...processed.failures];
  await alertAfter(workspace, context, {
    topics,
    drift: semantic.filter(({ result }) => result === 'processed').map(({ topic }) => topic),
    work: [
      ...workVerdicts(
        'ingest',
        tasks.map(({ topic }) => topic),
        taken.failures,
      ),
      ...workVerdicts(
        'semantic',
        pending.map(({ topic }) => topic),
        processed.failures,
      ),
    ],
  });
  const { paint } = context.terminal;
  const report = {
    topics,
    ingest: taken.results,
    semantic,
    balances,
    checks: checkLines(checks, context.terminal.paint),
    failures: failures.length,
    seconds: (performance.now() - started) / 1_000,
    warehouse: workspace.paths.warehouse,
    cwd: context.cwd,
    prefix: prefixOf(workspace, context),
    paint,
  };
  return {
    exit:
      failures.length > 0
        ? failureExit(failures, 0)
        : semanticExit(semantic) || balanceExit(balances) || checksExit(checks),
    json: {
      ingest: taken.results.map(ingestJson),
      semantic: semantic.map(semanticJson),
      balance: balanceJson(balances),
      checks: checks.map(checksJson),
      ...failuresJson(failures),
    },
    lines: [...runReport(report), ...failureLines(failures, paint)],
  };
}

function taskOf(word: string, cwd: string): IngestTask {
  const at = word.indexOf('=');
  if (at < 1 || at === word.length - 1) throw usage(`expected TOPIC=FILE, not ${JSON.stringify(word)}`);
  return { topic: word.slice(0, at), source: word.slice(at + 1), base: cwd, again: false };
}

async function configuredTasks(workspace: Workspace): Promise<readonly IngestTask[]> {
  const { inputs } = await workspace.config();
  return Object.entries(inputs).flatMap(([topic, files]) =>
    files.map((source) => ({ topic, source, base: workspace.paths.root, again: false })),
  );
}

/** The start of a command that can be pasted. Users of npm scripts have no `lean-ops` on their PATH. */
function prefixOf(workspace: Workspace, { cwd, env }: Context): string {
  const program = env.npm_lifecycle_event === undefined ? 'lean-ops' : 'npx lean-ops';
  const inside = relative(workspace.paths.root, cwd);
  const here = inside === '' || !inside.startsWith('..');
  return here ? program : `${program} --workspace ${shownPath(cwd, workspace.paths.root)}`;
}
