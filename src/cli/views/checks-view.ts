import type { RuleSeverity } from '../../contract/model.ts';
import type { StandingCheck, TopicChecks } from '../../pipeline/figures/standing-checks.ts';
import type { Json } from '../command/command.ts';
import type { Paint, Style } from '../terminal/terminal.ts';
import { count, instant, moment } from '../terminal/words.ts';

/** 1 if a rule of severity error fails or is unknown. */
export function checksExit(all: readonly TopicChecks[]): 0 | 1 {
  return all.some(({ results }) => results.some((each) => each.severity === 'error' && each.passed !== true))
    ? 1
    : 0;
}

/** The newest rule results of one topic, for --json. */
export function checksJson({ topic, batchId, checkedAt, results }: TopicChecks): Json {
  return {
    topic,
    batch_id: batchId,
    checked_at: checkedAt === null ? null : instant(checkedAt),
    results: results.map(({ notPassedSince, ...result }) => ({
      ...result,
      not_passed_since: notPassedSince === null ? null : instant(notPassedSince),
    })),
  };
}

/** `3 of 4 pass`; `-` without rules. */
export function checksText({ results }: TopicChecks, paint: Paint): string {
  if (results.length === 0) return '-';
  const passed = results.filter((each) => each.passed === true).length;
  const style: Style =
    checksExit([{ topic: '', batchId: null, checkedAt: null, results }]) === 1 ? 'red' : 'yellow';
  const text = `${passed} of ${results.length} pass`;
  return passed === results.length ? paint('green', text) : paint(style, text);
}

const STYLES: Readonly<Record<RuleSeverity, Style>> = { error: 'red', warning: 'yellow', info: 'dim' };

/** One line per rule that failed or is unknown. */
export function checkLines(all: readonly TopicChecks[], paint: Paint): readonly string[] {
  return all.flatMap(({ topic, results }) =>
    results
      .filter(({ passed }) => passed !== true)
      .map((each) => `${paint(STYLES[each.severity], each.severity)}  ${topic}: ${sentence(each)}`),
  );
}

function sentence({ rule, measured, rows, expected, passed, reason, notPassedSince }: StandingCheck): string {
  const since = notPassedSince === null ? '' : `, since ${moment(notPassedSince)}`;
  if (passed === null || measured === null || rows === null)
    return `${rule} is unknown: ${reason ?? 'it was not measured'}${since}`;
  return `${rule} fails: ${count(measured)} of ${count(rows)} rows, expected ${expected}${since}`;
}
