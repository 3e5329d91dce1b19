import { MS_PER_SECOND } from '../../base/time.ts';
import type { TopicFreshness } from '../../pipeline/figures/freshness.ts';
import { duration } from '../../quality/duration.ts';
import type { FreshnessState, Moment } from '../../quality/freshness.ts';
import { stateTopics } from '../command/chosen-topics.ts';
import { type PlaceCommand, TOPICS } from '../command/command.ts';
import type { CommandPlace } from '../command/command-place.ts';
import { listArgument } from '../command/read-call.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { instant } from '../terminal/words.ts';

interface StateView {
  readonly style: Style;
  readonly exit: 0 | 1;
}

const STATES: Readonly<Record<FreshnessState, StateView>> = {
  NO_DATA_YET: { style: 'dim', exit: 0 },
  FRESH: { style: 'green', exit: 0 },
  WARN: { style: 'yellow', exit: 0 },
  UPSTREAM_SILENT: { style: 'red', exit: 1 },
  PIPELINE_LATE: { style: 'red', exit: 1 },
  UNKNOWN: { style: 'red', exit: 1 },
};

export const command: PlaceCommand = {
  places: ['embedded', 'aws'],
  name: 'freshness',
  summary: 'check whether every topic is as fresh as its contract promises',
  details:
    'Shows three ages per topic: of the newest event, of the oldest pending message, and of the oldest RAW row that no batch has processed. Reads stored figures only, so it answers at once. Exits with 1 if a topic is PIPELINE_LATE, UPSTREAM_SILENT or UNKNOWN.',
  arguments: [TOPICS],
  options: [],
  examples: [
    { line: 'lean-ops freshness', does: 'Prints one line per topic.' },
    { line: 'lean-ops freshness orders --json', does: 'Prints the ages of orders for a monitoring system.' },
  ],
  answers: true,
  run: async (call, { terminal: { paint } }, place) => {
    const topics = await stateTopics(place, listArgument(call, 'TOPIC'));
    const all = await Promise.all(topics.map((topic) => place.measureFreshness(topic)));
    return {
      exit: all.some(({ state }) => STATES[state].exit === 1) ? 1 : 0,
      json: { topics: all.map(freshnessJson) },
      lines: freshnessLines(all, paint, place),
    };
  },
};

/** Ages in seconds, negative for a moment in the future; null if there is nothing, or if the age is unknown. */
function freshnessJson({ topic, state, reason, clocks, limits, ...ages }: TopicFreshness) {
  return {
    topic,
    state,
    reason,
    measured_at: instant(clocks.now),
    newest_event_at: momentJson(clocks.newestEvent),
    newest_event_age: ages.newestEventAge,
    future_events:
      clocks.future === null ? null : { files: clocks.future.files, rows_at_most: clocks.future.rowsAtMost },
    oldest_pending_at: momentJson(clocks.oldestPending),
    oldest_pending_age: ages.oldestPendingAge,
    oldest_unprocessed_at: momentJson(clocks.oldestUnprocessed),
    oldest_unprocessed_age: ages.oldestUnprocessedAge,
    warn_seconds: limits?.warnSeconds ?? null,
    late_seconds: limits?.lateSeconds ?? null,
  };
}

/** As in `balance`: an unknown moment says why. */
function momentJson(moment: Moment) {
  return typeof moment === 'bigint' ? instant(moment) : moment;
}

function freshnessLines(
  all: readonly TopicFreshness[],
  paint: Paint,
  place: CommandPlace,
): readonly string[] {
  if (all.length === 0) return [`no topics yet: ${place.firstStep}`];
  const head = ['topic', 'state', 'newest event', 'oldest pending', 'oldest unprocessed', 'late after'];
  const rows = all.map(({ topic, state, clocks, limits, ...ages }): Cell[] => [
    topic,
    paint(STATES[state].style, state),
    ageText(clocks.newestEvent, ages.newestEventAge),
    ageText(clocks.oldestPending, ages.oldestPendingAge),
    ageText(clocks.oldestUnprocessed, ages.oldestUnprocessedAge),
    limits === null ? 'unknown' : duration(limits.lateSeconds * MS_PER_SECOND),
  ]);
  // The ages explain the other states.
  const doubts = all
    .filter(({ state }) => state === 'UNKNOWN')
    .map(({ topic, reason }) => `${topic} is unknown: ${reason}`);
  return [...table(head, rows), ...doubts];
}

function ageText(moment: Moment, age: number | null): string {
  if (age === null) return moment === null ? '-' : 'unknown';
  return age < 0 ? `in ${duration(-age * MS_PER_SECOND)}` : `${duration(age * MS_PER_SECOND)} ago`;
}
