import { faultsFrom } from '../../embedded/faults.ts';
import { type MaintenanceResult, maintain } from '../../embedded/maintain/maintain.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type CommandSpec, TOPICS } from '../command/command.ts';
import { EXIT } from '../command/output.ts';
import { listArgument, switchOption } from '../command/read-call.ts';
import { alertAfter, workVerdicts } from '../jobs/alerts-after-work.ts';
import { eachTask } from '../jobs/each-task.ts';
import { withLazyEngine } from '../place/lend-engine.ts';
import { withRecoveredWorkspace, withWorkspace } from '../place/lend-workspace.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';
import { maintenanceJson, maintenanceLines } from '../views/maintenance-view.ts';

export const command: CommandSpec = {
  name: 'maintain',
  summary: 'compact small files, expire old snapshots, delete unused files',
  details:
    'Run it once per day. Query results do not change. lean-ops.yaml sets what is kept and for how long; the contract sets how long RAW keeps rows. A topic that another run holds is skipped and reported (exit code 3). It can be interrupted at any time.',
  arguments: [TOPICS],
  options: [{ flag: '--dry-run', summary: 'show what would be done, in files and bytes, without doing it' }],
  examples: [
    { line: 'lean-ops maintain', does: 'Maintains every topic.' },
    { line: 'lean-ops maintain orders --dry-run', does: 'Shows what there is to do for orders.' },
  ],
  answers: true,
  runOnAws: 'maintain',
  run: async (call, context) => {
    const dryRun = switchOption(call, 'dry-run');
    // A dry run changes nothing, not even files that a dead run left behind.
    const open = dryRun ? withWorkspace : withRecoveredWorkspace;
    return open(context, (workspace) =>
      withLazyEngine(workspace, async (engine) => {
        const topics = await stateTopics(workspace, listArgument(call, 'TOPIC'));
        const bar = await context.terminal.progress('maintain', 'steps');
        const options = {
          dryRun,
          signal: context.signal,
          faults: faultsFrom(context.env),
          engine,
          onTable: (topic: string, table: string) =>
            bar.update({ done: topics.indexOf(topic), total: topics.length, note: table }),
        };
        try {
          const tasks = topics.map((topic) => ({ topic }));
          const { results, failures } = await eachTask(tasks, context.signal, ({ topic }) =>
            maintain(workspace, [topic], options),
          );
          const done = results.flat();
          if (!dryRun) {
            const work = workVerdicts('maintain', topics, failures);
            await alertAfter(workspace, context, { topics, drift: [], work });
          }
          return {
            exit: failures.length > 0 ? failureExit(failures, 0) : exitOf(done),
            json: { dry_run: dryRun, topics: done.map(maintenanceJson), ...failuresJson(failures) },
            lines: [...maintenanceLines(done, dryRun), ...failureLines(failures, context.terminal.paint)],
          };
        } finally {
          bar.stop();
        }
      }),
    );
  },
};

function exitOf(results: readonly MaintenanceResult[]): 0 | 3 {
  return results.some(({ result }) => result === 'locked') ? EXIT.execution : EXIT.ok;
}
