import fc from 'fast-check';
import type { Micros } from '../../../src/base/time.ts';
import { ERRORS, type ErrorCode } from '../../../src/errors/taxonomy.ts';
import { ALERT_KINDS, type Alert, alertKey, SEVERITIES } from '../../../src/quality/alerts/alert.ts';
import { type GoneTotals, NOTHING_GONE } from '../../../src/quality/ledger.ts';
import type { CheckResult } from '../../../src/quality/rule-results.ts';
import { type BatchCounts, NO_COUNTS } from '../../../src/semantic/fates.ts';
import type { Intent } from '../../../src/semantic/intent.ts';
import type { BatchChecks } from '../../../src/state/check-results.ts';
import type { Checkpoint } from '../../../src/state/checkpoint.ts';
import type { DayFigures } from '../../../src/state/codec/figures.ts';
import type { Lock } from '../../../src/state/codec/lease.ts';
import type { DeadLetter, DeadLetterBody, DeadLetterClosing } from '../../../src/state/dead-letter.ts';
import { type Erasure, type ErasureCounts, NOTHING_ERASED } from '../../../src/state/erasure.ts';
import type { RunFailures } from '../../../src/state/failure.ts';
import type { TopicHalt } from '../../../src/state/halt.ts';
import { MAINTENANCE_ACTIONS, type MaintenanceEntry } from '../../../src/state/maintenance.ts';
import type { OpenWork } from '../../../src/state/open-work.ts';
import type { RegisteredContract } from '../../../src/state/registry.ts';
import type { SourceProgress } from '../../../src/state/source.ts';

/** Objects as literals make them. */
export function record<T>(model: { [K in keyof T]: fc.Arbitrary<T[K]> }): fc.Arbitrary<T> {
  return fc.record(model, { noNullPrototype: true }) as fc.Arbitrary<T>;
}

export const text = fc.string({ unit: 'grapheme', maxLength: 12 });
export const long = fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n });
export const count = fc.maxSafeNat();
const time: fc.Arbitrary<Micros> = fc.bigInt({ min: 0n, max: 2n ** 62n });
const code = fc.constantFrom(...(Object.keys(ERRORS) as ErrorCode[]));
const orNull = <T>(value: fc.Arbitrary<T>): fc.Arbitrary<T | null> => fc.option(value, { nil: null });
const work = fc.constantFrom('ingest' as const, 'semantic' as const);
const version = fc.integer({ min: 1, max: 2 ** 31 });

/** Objects whose members have any name; `__proto__` is none in a JSON text. */
function named<T>(value: fc.Arbitrary<T>): fc.Arbitrary<Record<string, T>> {
  const name = text.filter((each) => each !== '__proto__');
  return fc.dictionary(name, value, { maxKeys: 3, noNullPrototype: true });
}

function membersOf<T extends object>(sample: T, value: fc.Arbitrary<number>): fc.Arbitrary<T> {
  const names = Object.keys(sample);
  return fc
    .array(value, { minLength: names.length, maxLength: names.length })
    .map((values) => Object.fromEntries(names.map((name, index) => [name, values[index]])) as T);
}

const outcomes: fc.Arbitrary<BatchCounts> = membersOf(NO_COUNTS, fc.maxSafeInteger());

export const intent: fc.Arbitrary<Intent> = record({
  batchId: text,
  kind: fc.constantFrom('incremental', 'rebuild', 'redrive'),
  topic: text,
  startSnapshotId: orNull(long),
  endSnapshotId: long,
  generation: version,
  contractVersion: version,
  maskingKeyFingerprint: orNull(text),
  afterBatchId: orNull(text),
  selection: orNull(record({ code: orNull(code), messageId: orNull(text) })),
  fencingToken: long,
  createdAt: time,
});

const halt: fc.Arbitrary<TopicHalt> = record({
  work,
  bad: count,
  of: count,
  share: fc.double({ min: 0, max: 1, noNaN: true }),
  at: time,
});

export const checkpoint: fc.Arbitrary<Checkpoint> = record({
  topic: text,
  snapshotId: orNull(long),
  sequenceNumber: long,
  batchId: orNull(text),
  generation: version,
  contractVersion: orNull(version),
  maskingKeyFingerprint: orNull(text),
  fencingToken: long,
  completedAt: orNull(time),
  checkedAt: orNull(time),
  intent: orNull(intent),
  totals: record({
    received: count,
    raw: count,
    deadLettered: count,
    outcomes,
    gone: membersOf<GoneTotals>(NOTHING_GONE, count),
  }),
  halt: orNull(halt),
  accepted: orNull(work),
});

const checkResult: fc.Arbitrary<CheckResult> = record({
  rule: text,
  metric: fc.constantFrom('nullValues', 'missingValues', 'invalidValues', 'duplicateValues', 'rowCount'),
  column: orNull(text),
  measured: orNull(count),
  rows: orNull(count),
  unit: fc.constantFrom('rows', 'percent'),
  expected: text,
  passed: orNull(fc.boolean()),
  reason: orNull(text),
  severity: fc.constantFrom('info', 'warning', 'error'),
});

export const batchChecks: fc.Arbitrary<BatchChecks> = record({
  batchId: text,
  contractVersion: version,
  checkedAt: time,
  results: fc.array(checkResult, { maxLength: 3 }),
});

const closing: fc.Arbitrary<DeadLetterClosing> = record({
  at: time,
  by: text,
  reason: orNull(text),
  repair: orNull(record({ sha256: text, size: long })),
});

export const deadLetter: fc.Arbitrary<DeadLetter> = record({
  id: text,
  topic: text,
  source: text,
  messageId: orNull(text),
  correlationId: orNull(text),
  errorCode: code,
  errorMessage: text,
  errorOffset: orNull(long),
  receiveCount: count,
  firstReceivedAt: time,
  dlqSentAt: time,
  contractVersion: orNull(version),
  status: fc.constantFrom('open', 'replayed', 'discarded'),
  closing: orNull(closing),
  bodySha256: text,
  bodySize: long,
});

export const deadLetterBody: fc.Arbitrary<DeadLetterBody> = fc.oneof(
  record({ kind: fc.constant('inline' as const), bytes: fc.uint8Array({ maxLength: 9 }) }),
  record({ kind: fc.constant('file' as const), pointer: text, size: long }),
);

export const registered: fc.Arbitrary<RegisteredContract> = record({
  topic: text,
  version,
  hash: text,
  registeredAt: time,
  text,
  status: fc.constantFrom('active', 'retired'),
});

export const runFailures: fc.Arbitrary<RunFailures> = code.chain((each) =>
  record({
    topic: text,
    code: fc.constant(each),
    stage: fc.constant(ERRORS[each].stage),
    day: text,
    count,
    firstAt: time,
    lastAt: time,
  }),
);

export const dayFigures: fc.Arbitrary<DayFigures> = record({
  batches: count,
  intake: record({ received: count, raw: count, deadLettered: count }),
  outcomes,
});

/** JSON has no -0, so neither do figures. */
const figure = fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => value + 0);

export const maintenanceEntry: fc.Arbitrary<MaintenanceEntry> = record({
  table: text,
  action: fc.constantFrom(...MAINTENANCE_ACTIONS),
  startedAt: time,
  endedAt: time,
  before: named(figure),
  after: named(figure),
});

export const alert: fc.Arbitrary<Alert> = fc
  .record({
    topic: text,
    kind: fc.constantFrom(...ALERT_KINDS),
    finding: record({ code: text, severity: fc.constantFrom(...SEVERITIES), message: text, remedy: text }),
    firstSeen: time,
    lastSeen: time,
    count,
    recoveredAt: orNull(time),
    told: named(
      orNull(
        record({ event: fc.constantFrom('raised' as const, 'recovered' as const), code: text, at: time }),
      ),
    ),
  })
  .map((parts) => ({ ...parts, key: alertKey(parts.topic, parts.kind) }));

export const erasure: fc.Arbitrary<Erasure> = record({
  topic: text,
  keyHash: text,
  begunAt: time,
  endedAt: orNull(time),
  counts: membersOf<ErasureCounts>(NOTHING_ERASED, count),
  unreadableLetters: fc.array(text, { maxLength: 3 }),
  snapshots: named(time.map(String)),
});

export const openWork: fc.Arbitrary<OpenWork> = record({
  workId: text,
  kind: fc.constantFrom('ingest', 'batch', 'maintenance'),
  scope: record({ topic: text, work }),
  fencingToken: long,
  directories: fc.array(text, { maxLength: 3 }),
});

export const source: fc.Arbitrary<SourceProgress> = record({
  sourceId: text,
  topic: text,
  path: text,
  inode: long,
  size: long,
  firstHash: text,
  lastHash: text,
  offset: long,
  offsetHash: text,
  messages: long,
  arrivedAt: time,
  complete: fc.boolean(),
  updatedAt: time,
});

export const lock: fc.Arbitrary<Lock> = record({ owner: orNull(text), expiresAt: time, token: long });
