import type { IngestResult } from '../../embedded/ingest/result.ts';
import type { SemanticResult } from '../../embedded/jobs/semantic-work.ts';
import { overallStatus, type TopicBalance } from '../../quality/balance.ts';
import { duration } from '../../quality/duration.ts';
import { shownPath } from '../terminal/shown-path.ts';
import { type Cell, table } from '../terminal/table.ts';
import type { Paint } from '../terminal/terminal.ts';
import { count, counted } from '../terminal/words.ts';
import { statusText } from './balance-view.ts';

export interface RunReport {
  readonly topics: readonly string[];
  readonly ingest: readonly IngestResult[];
  readonly semantic: readonly SemanticResult[];
  readonly balances: readonly TopicBalance[];
  /** Lines about quality rules that fail. */
  readonly checks: readonly string[];
  /** The number of topics that failed. Their errors are printed after the report. */
  readonly failures: number;
  readonly seconds: number;
  /** Absolute path of the folder with the tables. */
  readonly warehouse: string;
  readonly cwd: string;
  /** The start of the suggested commands: `lean-ops`, with --workspace if the current folder is outside it. */
  readonly prefix: string;
  readonly paint: Paint;
}

/** Topics per table; more do not fit a terminal. */
const TOPICS_A_TABLE = 5;
const FATES = ['inserted', 'updated', 'duplicate', 'superseded', 'stale', 'rejected'] as const;

/** The result of a run, for people: fates, balance, place of the tables, next commands. */
export function runReport(report: RunReport): readonly string[] {
  const { paint, topics } = report;
  if (topics.length === 0) return ['no topics yet: add a contract to topics/, or run `lean-ops topic add`'];
  const chunks = Array.from({ length: Math.ceil(topics.length / TOPICS_A_TABLE) }, (_, at) =>
    topics.slice(at * TOPICS_A_TABLE, (at + 1) * TOPICS_A_TABLE),
  );
  return [
    ...chunks.flatMap((chunk) => ['', ...fatesTable(report, chunk)]),
    ...deadLetterLines(report),
    '',
    ...remarks(report),
    balanceLine(report),
    ...report.checks.map((line) => `${paint('dim', 'check')}    ${line}`),
    `${paint('dim', 'tables')}   ${shownPath(report.cwd, report.warehouse)}  (Apache Iceberg; any engine can read them)`,
    `${paint('dim', 'time')}     ${duration(report.seconds * 1_000)}`,
    '',
    'Next:',
    ...nextCommands(report).map((line) => `  ${paint('cyan', line)}`),
  ];
}

function fatesTable(report: RunReport, topics: readonly string[]): readonly string[] {
  const row = (name: string, value: (topic: string) => Cell): Cell[] => [name, ...topics.map(value)];
  const taken = (figure: 'received' | 'raw' | 'deadLettered') => (topic: string) =>
    sum(report.ingest, topic, figure);
  const now = row('semantic rows now', (topic) => liveRows(report, topic));
  if (isIdle(report)) return table(['', ...topics], [now]);
  const fates = FATES.map((fate) =>
    row(`    ${fate}`, (topic) => report.semantic.find((one) => one.topic === topic)?.counts[fate] ?? null),
  );
  const received = row('received', taken('received'));
  const dead = row('  dead letters', taken('deadLettered'));
  return table(['', ...topics], [received, dead, row('  RAW rows', taken('raw')), ...fates, now]);
}

/** True if nothing was ingested, processed or failed. */
function isIdle({ ingest, semantic, failures }: RunReport): boolean {
  return (
    failures === 0 &&
    ingest.every(({ result }) => result === 'already-taken') &&
    semantic.every(({ result }) => result === 'no_new_data')
  );
}

function sum(
  results: readonly IngestResult[],
  topic: string,
  figure: 'received' | 'raw' | 'deadLettered',
): number {
  return results.filter((one) => one.topic === topic).reduce((total, one) => total + one[figure], 0);
}

function liveRows(report: RunReport, topic: string): Cell {
  const terms = report.balances
    .filter((one) => one.topic === topic)
    .flatMap(({ equations }) => equations.flatMap((each) => each.terms));
  const value = terms.find(({ name }) => name === 'live_rows')?.value;
  return typeof value === 'number' ? value : 'unknown';
}

function deadLetterLines({ ingest, paint }: RunReport): readonly string[] {
  return ingest
    .filter(({ deadLettered }) => deadLettered > 0)
    .flatMap(({ topic, byError }) => {
      const codes = Object.entries(byError).sort(([, a], [, b]) => b - a);
      return [
        '',
        `${paint('yellow', 'dead letters')} of ${topic}: ${codes.map(([code, number]) => `${code} ${count(number)}`).join(' · ')}`,
      ];
    });
}

function remarks(report: RunReport): readonly string[] {
  const { paint, semantic } = report;
  const idle = `${paint('bold', 'nothing new')}: all inputs were ingested before, and the tables are unchanged`;
  const locked = semantic.filter(({ result }) => result === 'locked');
  return [
    ...(isIdle(report) ? [idle] : []),
    ...locked.map(
      ({ topic, detail }) => `${paint('yellow', 'locked')}   ${topic}: ${detail ?? 'another run holds it'}`,
    ),
  ];
}

function balanceLine({ balances, paint }: RunReport): string {
  const status = overallStatus(balances);
  const equations = balances.flatMap(({ equations: each }) => each);
  const words =
    status === 'balanced'
      ? `every message is accounted for (${counted(equations.length, 'equation')}, residual 0)`
      : 'see lean-ops balance';
  return `${paint('dim', 'balance')}  ${statusText(status, paint)}: ${words}`;
}

/** Three commands, chosen by the result. */
function nextCommands(report: RunReport): readonly string[] {
  const { prefix, topics } = report;
  const most = (figure: (topic: string) => number): string | undefined =>
    [...topics].sort((a, b) => figure(b) - figure(a)).find((topic) => figure(topic) > 0);
  const outcomes = (topic: string) => report.semantic.find((one) => one.topic === topic)?.counts;
  const rejected = most((topic) => outcomes(topic)?.rejected ?? 0);
  const dead = most((topic) => sum(report.ingest, topic, 'deadLettered'));
  return [
    `${prefix} query 'SELECT * FROM semantic.${dead ?? topics[0]} LIMIT 5'`,
    dead === undefined ? `${prefix} status` : `${prefix} dlq list ${dead}`,
    rejected === undefined ? `${prefix} balance` : `${prefix} errors ${rejected}`,
  ];
}
