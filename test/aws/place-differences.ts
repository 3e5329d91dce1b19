import { ERRORS } from '../../src/errors/taxonomy.ts';
import type { Run } from './cli-process.ts';

/** A run of a command with --json: the document, and the words that go to standard error then. */
export interface Shown {
  readonly exit: number | null;
  readonly json: unknown;
  readonly words: string;
}

export function shownBy({ status, stdout, stderr }: Run): Shown {
  return { exit: status, json: JSON.parse(stdout), words: stderr };
}

interface Difference {
  /** Names of commands; null: all. */
  readonly commands: readonly string[] | null;
  readonly why: string;
  /** Removes the difference from what either place shows. */
  readonly without: (shown: Shown) => Shown;
}

/** All that the two places may show differently. Whatever is not in this table must be equal. */
export const DIFFERENCES: readonly Difference[] = [
  {
    commands: null,
    why: 'a hint on AWS carries the options that select the deployment',
    without: words((text) => text.replaceAll(' --target aws --env test', '')),
  },
  {
    commands: null,
    why: 'tables on AWS are copied from S3 first, and a note says how much',
    without: words((text) => text.replace(/^reading .* from S3\n/gm, '')),
  },
  {
    commands: null,
    why: 'columns are as wide as their widest cell, which another difference may change',
    without: words((text) => text.replace(/─+/g, '─').replace(/ +/g, ' ')),
  },
  {
    commands: null,
    why: 'some error codes have one remedy for each place',
    without: (shown) => ({
      ...words(withoutRemedies)(shown),
      json: deep(shown.json, (_name, value) => (hasOwnRemedy(value) ? { ...value, remedy: '' } : value)),
    }),
  },
  {
    commands: ['status'],
    why: 'each place names itself',
    without: members('workspace', 'environment'),
  },
  {
    commands: ['balance'],
    why: 'on AWS CloudWatch, SQS and Firehose measure the intake, so its equation has other terms',
    without: (shown) => ({
      ...words((text) => text.replace(/^orders intake .*$/gm, 'orders intake'))(shown),
      json: deep(shown.json, (name, value) => (name === 'equations' ? withoutIntake(value) : value)),
    }),
  },
  {
    commands: ['freshness'],
    why: 'ages depend on the time of the measurement',
    without: (shown) => ({
      ...words((text) => text.replace(/[\d,.]+ \w+( [\d,.]+ \w+)? ago/g, 'AGE ago'))(shown),
      json: members(
        'measured_at',
        'reason',
        'newest_event_age',
        'oldest_pending_age',
        'oldest_unprocessed_age',
      )(shown).json,
    }),
  },
  {
    commands: ['explain'],
    why: 'only on AWS a message can be between its queue and RAW',
    without: members('on_the_way'),
  },
  {
    commands: ['dlq show', 'dlq list'],
    why: 'embedded, a process closes dead letters; on AWS, a user does',
    without: (shown) => ({
      ...words((text) => text.replace(/^(closed .*) by \S+$/gm, '$1'))(shown),
      json: members('closed_by', 'closed_at')(shown).json,
    }),
  },
  {
    commands: ['dlq replay'],
    why: 'a replay that is interrupted has committed letters in one place, and sent them in the other',
    without: (shown) => ({
      ...words((text) => text.replace(/(?<=^INTERRUPTED while .*\n) .*$/m, ''))(shown),
      json: deep(shown.json, (_name, value) => (isInterruption(value) ? { ...value, detail: '' } : value)),
    }),
  },
  {
    commands: ['dlq replay'],
    why: 'on AWS a replay is a message in the queue, whose fate is not known yet',
    without: (shown) => ({
      ...words((text) => text.replace(/^(orders: \d+ dead letters?) .*$/gm, '$1'))(shown),
      json: members('raw', 'dead_lettered', 'by_error', 'seconds')(shown).json,
    }),
  },
];

/** What a command shows, without the declared differences. */
export function comparable(command: string, shown: Shown): Shown {
  return DIFFERENCES.filter(({ commands }) => commands === null || commands.includes(command)).reduce(
    (rest, { without }) => without(rest),
    shown,
  );
}

function words(change: (text: string) => string): Difference['without'] {
  return (shown) => ({ ...shown, words: change(shown.words) });
}

/** Leaves out these members, wherever in the document they are. */
function members(...names: readonly string[]): Difference['without'] {
  return (shown) => ({
    ...shown,
    json: deep(shown.json, (name, value) => (names.includes(name) ? undefined : value)),
  });
}

function deep(json: unknown, change: (name: string, value: unknown) => unknown): unknown {
  return JSON.parse(JSON.stringify(json, change));
}

function isInterruption(value: unknown): value is { readonly detail: string } {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('detail' in value)) return false;
  return value.code === 'INTERRUPTED' && value.detail !== '';
}

const OWN_REMEDY = Object.entries(ERRORS).flatMap(([code, { remedy }]) =>
  typeof remedy === 'string' ? [] : [code],
);

function hasOwnRemedy(value: unknown): value is { readonly code: string; readonly remedy: string } {
  if (typeof value !== 'object' || value === null || !('code' in value) || !('remedy' in value)) return false;
  return OWN_REMEDY.includes(String(value.code)) && value.remedy !== '';
}

/** `errors` and `dlq show` print the remedies of codes, and every failure prints its own. */
function withoutRemedies(text: string): string {
  const codes = OWN_REMEDY.join('|');
  const listed = text.replace(new RegExp(`^(${codes}): .*$`, 'gm'), '$1');
  const names = new RegExp(`\\b(${codes})\\b`).test(text);
  return names ? listed.replace(/^( *remedy) .*$/gm, '$1') : listed;
}

function withoutIntake(equations: unknown): unknown {
  return Array.isArray(equations) ? equations.filter(({ name }) => name !== 'intake') : equations;
}
