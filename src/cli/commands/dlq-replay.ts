import { resolve } from 'node:path';
import type { OpenLetters } from '../../pipeline/dead-letters/open-letters.ts';
import type { Call, Context, Outcome, PlaceCommand } from '../command/command.ts';
import type { CommandPlace, ReplayReport } from '../command/command-place.ts';
import { confirmed, YES_OPTION } from '../command/confirm.ts';
import { CHOICE_ARGUMENT, CHOICE_OPTIONS, chosenLetters } from '../command/dead-letter-choice.ts';
import { switchOption, textOption, usage } from '../command/read-call.ts';
import { round } from '../command/times.ts';
import { eachTask, type Failure } from '../jobs/each-task.ts';
import { assertReadable } from '../place/repaired-file.ts';
import { count, counted } from '../terminal/words.ts';
import { chosenJson, chosenLines, totalOf } from '../views/dead-letter-view.ts';
import { failureExit, failureLines, failuresJson } from '../views/failures.ts';

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'dlq replay',
  summary: 'ingest dead letters again',
  details:
    'Each selected open dead letter becomes a row of RAW. If it fails again, it becomes a new dead letter that names the old one. Either way the old one is closed in the same commit, so no message is ingested twice. The next semantic run processes the rows. With --target aws the messages go to the queue of their topic, and `explain` shows their fates later. Ctrl-C stops between two commits; run the command again for the rest.',
  arguments: [CHOICE_ARGUMENT],
  options: [
    ...CHOICE_OPTIONS,
    {
      flag: '--with',
      value: 'FILE',
      summary:
        'replay this body in place of the body of the only dead letter selected; the original is kept, and the change is recorded',
      completes: 'file',
    },
    { flag: '--dry-run', summary: 'only list what would be replayed' },
    YES_OPTION,
  ],
  examples: [
    {
      line: 'lean-ops dlq replay --topic orders --code PUBLISH_TIME_IN_FUTURE --yes',
      does: 'Replays those dead letters of orders without asking.',
    },
    {
      line: 'lean-ops dlq replay 3f0c… --with repaired.json',
      does: 'Replays one dead letter with a body that was repaired by hand.',
    },
  ],
  answers: false,
  run: async (call, context, place) => {
    const chosen = await chosenLetters(call, context, place);
    const repaired = await repairedFile(call, context, chosen);
    const unchanged = { exit: 0, json: { replay: [], would_replay: chosenJson(chosen) } } as const;
    if (switchOption(call, 'dry-run') || chosen.length === 0)
      return { ...unchanged, lines: chosenLines(chosen) };
    if (!(await confirmed(call, context, `Replay ${counted(totalOf(chosen), 'dead letter')}?`)))
      return { ...unchanged, lines: ['nothing was replayed'] };
    return replayAll(place, chosen, repaired, context);
  },
};

/** Absolute path of the file that --with names; null: none. Throws USAGE, SOURCE_MISSING, SOURCE_UNREADABLE. */
async function repairedFile(
  call: Call,
  { cwd }: Context,
  chosen: readonly OpenLetters[],
): Promise<string | null> {
  const name = textOption(call, 'with');
  if (name === null) return null;
  const total = totalOf(chosen);
  if (total > 1) throw usage(`--with takes one open dead letter, but ${total} are selected`);
  const file = resolve(cwd, name);
  await assertReadable(file);
  return file;
}

async function replayAll(
  place: CommandPlace,
  chosen: readonly OpenLetters[],
  repairedBody: string | null,
  { signal, terminal }: Context,
): Promise<Outcome> {
  const { results, failures } = await place.withReplay((replay) =>
    eachTask(chosen, signal, async (letters) => {
      const bar = await terminal.progress(letters.topic, 'steps');
      const total = letters.ids.length;
      const onProgress = (done: number): void => bar.update({ done, total, note: 'dead letters' });
      try {
        return await replay(letters, { repairedBody, onProgress });
      } finally {
        bar.stop();
      }
    }),
  );
  const damaged = results.flatMap(({ topic, damaged: errors }): Failure[] =>
    errors.map((error) => ({ topic, error })),
  );
  const all = [...failures, ...damaged];
  await place.afterChange(chosen.map(({ topic }) => topic));
  return {
    exit: failureExit(all, 0),
    json: { replay: results.map(replayJson), ...failuresJson(all, place.name) },
    lines: [...results.flatMap(linesOf), ...failureLines(all, terminal.paint, place.name)],
  };
}

/** Without fates, the members that tell them are absent. */
function replayJson({ topic, replayed, notOpen, damaged, fates }: ReplayReport) {
  const open = { not_open: notOpen, damaged: damaged.length };
  if (fates === null) return { topic, replayed, ...open };
  const { raw, deadLettered, byError, seconds } = fates;
  const became = { raw, dead_lettered: deadLettered, by_error: { ...byError } };
  return { topic, replayed, ...became, ...open, seconds: round(seconds) };
}

function linesOf({ topic, replayed, damaged, fates }: ReplayReport): readonly string[] {
  const left = damaged.length === 0 ? '' : `; ${count(damaged.length)} left open`;
  const letters = counted(replayed, 'dead letter');
  if (fates === null) return [`${topic}: ${letters} sent to the queue${left}`];
  const { raw, deadLettered, byError } = fates;
  const again = deadLettered === 0 ? '' : `, ${counted(deadLettered, 'new dead letter')}`;
  return [
    `${topic}: ${letters} replayed: ${count(raw)} into RAW${again}${left}`,
    ...Object.entries(byError).map(([code, number]) => `  ${code} ${count(number)}`),
  ];
}
