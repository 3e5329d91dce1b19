import { ERRORS, type ErrorCode, type Severity } from '../../errors/taxonomy.ts';
import type { TopicBalance } from '../balance.ts';
import type { CheckResult } from '../checks.ts';
import type { Freshness, FreshnessState } from '../freshness.ts';
import type { AlertKind, Finding, Verdict } from './alert.ts';

/** Names stand in a message up to this many; the rest is counted. */
const MAX_NAMES = 5;

/** A share of fewer messages is no figure: 1 of 2 says nothing. */
const MIN_JUDGED = 100;

/** null: receptions may still be on their way, so there is nothing to say yet. */
export function balanceVerdict(balance: TopicBalance): Verdict | null {
  const { topic, status } = balance;
  if (status === 'settling') return null;
  return { topic, kind: 'balance', finding: balanceFinding(balance) };
}

function balanceFinding({ topic, status, equations, namedResiduals, unknown }: TopicBalance): Finding | null {
  if (status === 'unbalanced') {
    const open = equations.filter(({ residual }) => residual !== null && residual !== 0);
    const named = namedResiduals.map(({ name, snapshotId }) => `${name} in snapshot ${snapshotId}`);
    return {
      code: 'UNBALANCED',
      severity: 'critical',
      message: `the books do not balance: ${listed([...open.map(({ name, residual }) => `${name} has residual ${residual}`), ...named])}`,
      remedy: `Run \`lean-ops balance ${topic} --deep\`, which names the keys that differ.`,
    };
  }
  if (status !== 'unknown') return null;
  return {
    code: 'BALANCE_UNKNOWN',
    severity: 'error',
    message: `it cannot be told whether the books balance: ${listed(unknown)}`,
    remedy: `Run \`lean-ops balance ${topic}\` and \`lean-ops doctor\`.`,
  };
}

const FRESHNESS: Readonly<
  Record<FreshnessState, { readonly severity: Severity; readonly remedy: string } | null>
> = {
  NO_DATA_YET: null,
  FRESH: null,
  WARN: null,
  UPSTREAM_SILENT: {
    severity: 'error',
    remedy: 'Ask the producer, and look whether its files still arrive.',
  },
  PIPELINE_LATE: { severity: 'error', remedy: 'Run `lean-ops run`; if it fails, it says why.' },
  UNKNOWN: { severity: 'error', remedy: 'Run `lean-ops freshness` and `lean-ops doctor`.' },
};

export function freshnessVerdict(topic: string, { state, reason }: Freshness): Verdict {
  const spec = FRESHNESS[state];
  const code = state === 'UNKNOWN' ? 'FRESHNESS_UNKNOWN' : state;
  return { topic, kind: 'freshness', finding: spec && { code, message: reason, ...spec } };
}

/** Messages of the last days, by the daily counters. */
export interface RecentIntake {
  readonly received: number;
  readonly deadLettered: number;
}

/** Open dead letters wait for a person; a share of the recent messages above `maxShare` (0..1) is growth. */
export function deadLetterVerdict(
  topic: string,
  open: number,
  recent: RecentIntake,
  maxShare: number,
): Verdict {
  const waiting = open === 1 ? '1 dead letter waits' : `${open} dead letters wait`;
  const remedy = `Look at \`lean-ops dlq list ${topic}\`, mend the cause, then replay or discard them.`;
  const { received, deadLettered } = recent;
  if (open === 0) return { topic, kind: 'dead_letters', finding: null };
  const growing = received >= MIN_JUDGED && deadLettered / received > maxShare;
  const finding: Finding = growing
    ? {
        code: 'DEAD_LETTERS_GROWING',
        severity: 'error',
        message: `${waiting}; since yesterday ${deadLettered} of ${received} messages became one`,
        remedy,
      }
    : { code: 'DEAD_LETTERS_OPEN', severity: 'warning', message: waiting, remedy };
  return { topic, kind: 'dead_letters', finding };
}

/** `paths` of critical data elements whose values no longer fit the contract. */
export function driftVerdict(topic: string, paths: readonly string[]): Verdict {
  const finding: Finding = {
    code: 'CDE_DRIFT',
    severity: 'error',
    message: `values of critical data elements do not fit the contract: ${listed(paths)}`,
    remedy: `Look at \`lean-ops drift ${topic}\` and \`lean-ops errors ${topic}\`, then mend producer or contract.`,
  };
  return { topic, kind: 'drift', finding: paths.length === 0 ? null : finding };
}

const RULE_SEVERITY: Readonly<Record<CheckResult['severity'], Severity>> = {
  info: 'info',
  warning: 'warning',
  error: 'error',
};

/** Table rules of the last batch; one whose figure is unknown has not passed. The worst severity is the alert's. */
export function qualityVerdict(topic: string, results: readonly CheckResult[]): Verdict {
  const failed = results.filter(({ passed }) => passed !== true);
  const worst = (['error', 'warning', 'info'] as const).find((severity) =>
    failed.some((result) => result.severity === severity),
  );
  if (worst === undefined) return { topic, kind: 'quality', finding: null };
  const words = failed.map(({ rule, measured, expected }) => {
    return `${rule} is ${measured ?? 'unknown'}, expected ${expected}`;
  });
  const finding: Finding = {
    code: 'QUALITY_FAILED',
    severity: RULE_SEVERITY[worst],
    message: `rules of the contract fail: ${listed(words)}`,
    remedy: `Look at \`lean-ops status\` and semantic.${topic}, then mend producer or rule.`,
  };
  return { topic, kind: 'quality', finding };
}

/** Snapshots of the topic's tables, the most of one; maintenance keeps them few. */
export function maintenanceVerdict(topic: string, snapshots: number, maxSnapshots: number): Verdict {
  const finding: Finding = {
    code: 'MAINTENANCE_OVERDUE',
    severity: 'warning',
    message: `a table has ${snapshots} snapshots; every commit and every reader pays for them`,
    remedy: 'Run `lean-ops maintain`, best once a day; on AWS look whether its schedule is on.',
  };
  return { topic, kind: 'maintenance', finding: snapshots > maxSnapshots ? finding : null };
}

/** How a piece of work ended; null: well. Of a failure only the code is told, for its text names files. */
export function workVerdict(
  topic: string,
  kind: Extract<AlertKind, 'ingest' | 'semantic' | 'maintain'>,
  failure: ErrorCode | null,
): Verdict {
  if (failure === null) return { topic, kind, finding: null };
  const { severity, meaning, remedy } = ERRORS[failure];
  return { topic, kind, finding: { code: failure, severity, message: `${kind} failed: ${meaning}`, remedy } };
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
