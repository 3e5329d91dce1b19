import { resolve } from 'node:path';
import { type ReplayResult, replayDeadLetters } from '../../embedded/dead-letters/replay.ts';
import { faultsFrom } from '../../embedded/faults.ts';
import type { Workspace } from '../../embedded/workspace/workspace.ts';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { Call, CommandSpec, Context, Outcome } from '../command/command.ts';
import { confirmed, YES_OPTION } from '../command/confirm.ts';
import { switchOption, textOption, usage } from '../command/read-call.ts';
import { count, counted } from '../terminal/words.ts';
import { chosenJson, chosenLines, totalOf } from '../views/dead-letter-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';
import { alertAfter } from '../work/alert-work.ts';
import { CHOICE_ARGUMENT, CHOICE_OPTIONS, chosenLetters } from '../work/dead-letter-choice.ts';
import { eachTask, type Failure, round, withLazyEngine } from '../work/work.ts';
import { withRecoveredWorkspace } from '../work/workspace.ts';

export const command: CommandSpec = {
  name: 'dlq replay',
  summary: 'send dead letters through the ingest again',
  details:
    'Each open letter chosen becomes a row of RAW, or, where it fails again, a dead letter of its own that names the one before; either way it is closed in the same commit, so that nothing is taken twice. The semantic job takes the rows with its next run. Ctrl-C ends between two commits; run the command again for the rest.',
  arguments: [CHOICE_ARGUMENT],
  options: [
    ...CHOICE_OPTIONS,
    {
      flag: '--with',
      value: 'FILE',
      summary:
        'take this body in place of the only letter chosen; its own body is kept, and the change recorded',
      completes: 'file',
    },
    { flag: '--dry-run', summary: 'only tell which would be replayed' },
    YES_OPTION,
  ],
  examples: [
    {
      line: 'lean-ops dlq replay --topic orders --code PUBLISH_TIME_IN_FUTURE --yes',
      does: 'Replays those letters of orders, without asking.',
    },
    {
      line: 'lean-ops dlq replay 3f0c… --with repaired.json',
      does: 'Replays one letter with a body that was mended by hand.',
    },
  ],
  answers: false,
  run: (call, context) =>
    withRecoveredWorkspace(context, async (workspace) => {
      const chosen = await chosenLetters(call, context, workspace);
      const repaired = repairedFile(call, context, chosen);
      if (switchOption(call, 'dry-run') || chosen.length === 0) {
        return {
          exit: 0,
          json: { replay: [], would_replay: chosenJson(chosen) },
          lines: chosenLines(chosen),
        };
      }
      const question = `Replay ${counted(totalOf(chosen), 'dead letter')}?`;
      if (!(await confirmed(call, context, question)))
        return {
          exit: 0,
          json: { replay: [], would_replay: chosenJson(chosen) },
          lines: ['nothing was replayed'],
        };
      return replayAll(workspace, chosen, repaired, context);
    }),
};

function repairedFile(call: Call, { cwd }: Context, chosen: readonly OpenLetters[]): string | null {
  const file = textOption(call, 'with');
  if (file === null) return null;
  if (totalOf(chosen) <= 1) return resolve(cwd, file);
  throw usage(`--with is for one open dead letter; ${totalOf(chosen)} are chosen`);
}

async function replayAll(
  workspace: Workspace,
  chosen: readonly OpenLetters[],
  repairedBody: string | null,
  context: Context,
): Promise<Outcome> {
  const { results, failures } = await withLazyEngine(workspace, (engine) =>
    eachTask(chosen, context.signal, async (letters) => {
      const bar = await context.terminal.progress(letters.topic, 'steps');
      try {
        return await replayDeadLetters(workspace, letters, {
          repairedBody,
          signal: context.signal,
          faults: faultsFrom(context.env),
          engine,
          onProgress: (done) => bar.update({ done, total: letters.ids.length, note: 'dead letters' }),
        });
      } finally {
        bar.stop();
      }
    }),
  );
  const damaged = results.flatMap(({ topic, damaged: errors }): Failure[] =>
    errors.map((error) => ({ topic, error })),
  );
  const all = [...failures, ...damaged];
  const topics = chosen.map(({ topic }) => topic);
  await alertAfter(workspace, context, { topics, drift: [], work: [] });
  return {
    exit: failureExit(all, 0),
    json: { replay: results.map(replayJson), ...failuresJson(all) },
    lines: [...results.flatMap(linesOf), ...failureLines(all, context.terminal.paint)],
  };
}

function replayJson(result: ReplayResult) {
  return {
    topic: result.topic,
    replayed: result.replayed,
    raw: result.raw,
    dead_lettered: result.deadLettered,
    by_error: { ...result.byError },
    not_open: result.notOpen,
    damaged: result.damaged.length,
    seconds: round(result.seconds),
  };
}

function linesOf({ topic, replayed, raw, deadLettered, byError, damaged }: ReplayResult): readonly string[] {
  const again = deadLettered === 0 ? '' : `, ${counted(deadLettered, 'new dead letter')}`;
  const left = damaged.length === 0 ? '' : `; ${count(damaged.length)} left open`;
  return [
    `${topic}: ${counted(replayed, 'dead letter')} replayed: ${count(raw)} into RAW${again}${left}`,
    ...Object.entries(byError).map(([code, number]) => `  ${code} ${count(number)}`),
  ];
}
