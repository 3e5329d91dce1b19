import { remedyFor } from '../../errors/remedy.ts';
import type { PlaceName, Severity } from '../../errors/spec.ts';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import type { TopicBalance } from '../balance.ts';
import type { Freshness, FreshnessState } from '../freshness.ts';
import type { CheckResult } from '../rule-results.ts';
import type { AlertKind, Finding, Verdict } from './alert.ts';

/** How many names a message lists. The rest are counted. */
const MAX_NAMES = 5;

/** What a command needs besides its arguments to ask that place. */
const TARGET: Readonly<Record<PlaceName, string>> = { embedded: '', aws: ' --target aws' };

/** A share of fewer messages says nothing: 1 of 2 is 50 %. */
const MIN_JUDGED = 100;

/** null while receptions may still be on their way: they can be judged only later. */
export function balanceVerdict(balance: TopicBalance, place: PlaceName): Verdict | null {
  const { topic, status } = balance;
  if (status === 'settling') return null;
  return { topic, kind: 'balance', finding: balanceFinding(balance, place) };
}

function balanceFinding(
  { topic, status, equations, namedResiduals, unknown }: TopicBalance,
  place: PlaceName,
): Finding | null {
  if (status === 'unbalanced') {
    const open = equations.filter(({ residual }) => residual !== null && residual !== 0);
    const named = namedResiduals.map(({ name, snapshotId }) => `${name} in snapshot ${snapshotId}`);
    return {
      code: 'UNBALANCED',
      severity: 'critical',
      message: `the water balance does not hold: ${listed([...open.map(({ name, residual }) => `${name} has residual ${residual}`), ...named])}`,
      remedy: `Run \`lean-ops balance ${topic} --deep${TARGET[place]}\`, which names the keys that differ.`,
    };
  }
  if (status !== 'unknown') return null;
  return {
    code: 'BALANCE_UNKNOWN',
    severity: 'error',
    message: `figures of the water balance are unknown: ${listed(unknown)}`,
    remedy:
      place === 'aws'
        ? `Run \`lean-ops balance ${topic} --target aws\` and read the log of \`water_balance\`.`
        : `Run \`lean-ops balance ${topic}\` and \`lean-ops doctor\`.`,
  };
}

interface LateSpec {
  readonly severity: Severity;
  readonly remedy: Readonly<Record<PlaceName, string>>;
}

const FRESHNESS: Readonly<Record<FreshnessState, LateSpec | null>> = {
  NO_DATA_YET: null,
  FRESH: null,
  WARN: null,
  UPSTREAM_SILENT: {
    severity: 'error',
    remedy: {
      embedded: 'Ask the producer, and check that its files still arrive.',
      aws: 'Ask the producer, and check that its messages still reach the queue.',
    },
  },
  PIPELINE_LATE: {
    severity: 'error',
    remedy: {
      embedded: 'Run `lean-ops run`. If it fails, it prints the reason.',
      aws: 'Run `lean-ops freshness --target aws`, which names the clock. Then check queue, stream or job.',
    },
  },
  UNKNOWN: {
    severity: 'error',
    remedy: {
      embedded: 'Run `lean-ops freshness` and `lean-ops doctor`.',
      aws: 'Run `lean-ops freshness --target aws` and read the log of `freshness_sla`.',
    },
  },
};

/** States that are late or unknown have a finding. `place` chooses the commands of its remedy. */
export function freshnessVerdict(topic: string, { state, reason }: Freshness, place: PlaceName): Verdict {
  const spec = FRESHNESS[state];
  if (spec === null) return { topic, kind: 'freshness', finding: null };
  const code = state === 'UNKNOWN' ? 'FRESHNESS_UNKNOWN' : state;
  const { severity, remedy } = spec;
  return { topic, kind: 'freshness', finding: { code, severity, message: reason, remedy: remedy[place] } };
}

/** Messages of yesterday and today, by the daily counters. */
export interface RecentIntake {
  readonly received: number;
  readonly deadLettered: number;
}

/** Open dead letters wait for a person. They grow if their share of the recent messages exceeds `maxShare` (0..1). */
export function deadLetterVerdict(
  topic: string,
  open: number,
  recent: RecentIntake,
  maxShare: number,
): Verdict {
  const waiting = open === 1 ? '1 dead letter is open' : `${open} dead letters are open`;
  const remedy = `Look at \`lean-ops dlq list ${topic}\` and fix the cause. Then replay or discard them.`;
  const { received, deadLettered } = recent;
  if (open === 0) return { topic, kind: 'dead_letters', finding: null };
  const growing = received >= MIN_JUDGED && deadLettered / received > maxShare;
  const finding: Finding = growing
    ? {
        code: 'DEAD_LETTERS_GROWING',
        severity: 'error',
        message: `${waiting}; since yesterday ${deadLettered} of ${received} messages became dead letters`,
        remedy,
      }
    : { code: 'DEAD_LETTERS_OPEN', severity: 'warning', message: waiting, remedy };
  return { topic, kind: 'dead_letters', finding };
}

/** `paths`: critical data elements whose values no longer fit the contract. */
export function driftVerdict(topic: string, paths: readonly string[]): Verdict {
  const finding: Finding = {
    code: 'CDE_DRIFT',
    severity: 'error',
    message: `values of critical data elements do not fit the contract: ${listed(paths)}`,
    remedy: `Look at \`lean-ops drift ${topic}\` and \`lean-ops errors ${topic}\`. Then fix the producer or the contract.`,
  };
  return { topic, kind: 'drift', finding: paths.length === 0 ? null : finding };
}

const RULE_SEVERITY: Readonly<Record<CheckResult['severity'], Severity>> = {
  info: 'info',
  warning: 'warning',
  error: 'error',
};

/** Table rules of the last batch. A rule whose figure is unknown has not passed. The worst severity counts. */
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
    message: `quality rules of the contract fail: ${listed(words)}`,
    remedy: `Look at \`lean-ops status\` and at semantic.${topic}. Then fix the producer or the rule.`,
  };
  return { topic, kind: 'quality', finding };
}

const MAINTAIN: Readonly<Record<PlaceName, string>> = {
  embedded: 'Run `lean-ops maintain`, best once a day.',
  aws: 'Check that the maintenance schedules are enabled, and how their last executions ended.',
};

/** `snapshots`: those of the topic's table that has most. Maintenance keeps them few. */
export function maintenanceVerdict(
  topic: string,
  snapshots: number,
  maxSnapshots: number,
  place: PlaceName,
): Verdict {
  const finding: Finding = {
    code: 'MAINTENANCE_OVERDUE',
    severity: 'warning',
    message: `a table has ${snapshots} snapshots, which slow down each commit and each reader`,
    remedy: MAINTAIN[place],
  };
  return { topic, kind: 'maintenance', finding: snapshots > maxSnapshots ? finding : null };
}

/** How a piece of work ended; `failure` null: well. Only the code's meaning is reported: an error's own text names files. */
export function workVerdict(
  topic: string,
  kind: Extract<AlertKind, 'ingest' | 'semantic' | 'maintain'>,
  failure: ErrorCode | null,
  place: PlaceName,
): Verdict {
  if (failure === null) return { topic, kind, finding: null };
  const { severity, meaning } = ERRORS[failure];
  const message = `${kind} failed: ${meaning}`;
  return {
    topic,
    kind,
    finding: { code: failure, severity, message, remedy: remedyFor(failure, place, { topic }) },
  };
}

function listed(names: readonly string[]): string {
  const rest = names.length - MAX_NAMES;
  return [...names.slice(0, MAX_NAMES), ...(rest > 0 ? [`and ${rest} more`] : [])].join('; ');
}
