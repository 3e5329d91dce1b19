import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { ERRORS } from '../../../src/errors/taxonomy.ts';
import {
  balanceVerdict,
  deadLetterVerdict,
  driftVerdict,
  freshnessVerdict,
  maintenanceVerdict,
  qualityVerdict,
  workVerdict,
} from '../../../src/quality/alerts/verdicts.ts';
import type { TopicBalance } from '../../../src/quality/balance.ts';
import type { FreshnessState } from '../../../src/quality/freshness.ts';
import type { CheckResult } from '../../../src/quality/rule-results.ts';

const balance = (parts: Partial<TopicBalance>): TopicBalance => ({
  topic: 'orders',
  generation: 1,
  status: 'balanced',
  equations: [],
  namedResiduals: [],
  unknown: [],
  ...parts,
});

const check = (parts: Partial<CheckResult>): CheckResult => ({
  rule: 'no_nulls',
  metric: 'nullValues',
  column: 'total',
  measured: 3,
  rows: 10,
  unit: 'rows',
  expected: 'at most 0 rows',
  passed: false,
  reason: null,
  severity: 'error',
  ...parts,
});

const NO_AGES = { newestEventAge: null, oldestPendingAge: null, oldestUnprocessedAge: null };

suite('verdicts', () => {
  test('balance: unbalanced is critical and names the equation, unknown is an error, settling has no verdict', () => {
    assert.equal(balanceVerdict(balance({}), 'embedded')?.finding, null);
    assert.equal(balanceVerdict(balance({ status: 'settling' }), 'embedded'), null);
    const equation = { name: 'intake', left: 5, right: 6, residual: -1, terms: [] } as const;
    const open = balanceVerdict(balance({ status: 'unbalanced', equations: [equation] }), 'embedded');
    assert.deepEqual([open?.finding?.code, open?.finding?.severity], ['UNBALANCED', 'critical']);
    assert.match(open?.finding?.message ?? '', /intake has residual -1/);
    const foreign = { name: 'FOREIGN_WRITE', equation: 'table', snapshotId: 7n, rows: null } as const;
    const named = balanceVerdict(balance({ status: 'unbalanced', namedResiduals: [foreign] }), 'embedded');
    assert.match(named?.finding?.message ?? '', /FOREIGN_WRITE in snapshot 7/);
    const unknown = balanceVerdict(
      balance({ status: 'unknown', unknown: ['a', 'b', 'c', 'd', 'e', 'f', 'g'] }),
      'embedded',
    );
    assert.deepEqual([unknown?.finding?.code, unknown?.finding?.severity], ['BALANCE_UNKNOWN', 'error']);
    assert.match(unknown?.finding?.message ?? '', /a; b; c; d; e; and 2 more$/);
  });

  test('freshness: silent, late and unknown are errors, every other state is well', () => {
    const found = (state: FreshnessState) =>
      freshnessVerdict('orders', { state, reason: 'why', ...NO_AGES }, 'embedded').finding;
    for (const state of ['NO_DATA_YET', 'FRESH', 'WARN'] as const) assert.equal(found(state), null);
    assert.deepEqual(
      [found('UPSTREAM_SILENT')?.code, found('UPSTREAM_SILENT')?.severity],
      ['UPSTREAM_SILENT', 'error'],
    );
    assert.equal(found('PIPELINE_LATE')?.severity, 'error');
    assert.equal(found('UNKNOWN')?.code, 'FRESHNESS_UNKNOWN');
  });

  test('dead letters: open ones are a warning, a share above the limit is an error, none is no problem', () => {
    const judge = (open: number, received: number, deadLettered: number) =>
      deadLetterVerdict('orders', open, { received, deadLettered }, 0.05).finding?.code ?? null;
    assert.equal(judge(0, 100, 100), null);
    assert.equal(judge(1, 0, 0), 'DEAD_LETTERS_OPEN');
    assert.equal(judge(9, 100, 5), 'DEAD_LETTERS_OPEN');
    assert.equal(judge(9, 100, 6), 'DEAD_LETTERS_GROWING');
    assert.equal(judge(9, 99, 99), 'DEAD_LETTERS_OPEN');
  });

  test('quality rules: the worst failure decides, and unknown has not passed', () => {
    const judge = (...results: readonly CheckResult[]) => qualityVerdict('orders', results).finding;
    assert.equal(judge(), null);
    assert.equal(judge(check({ passed: true })), null);
    assert.equal(judge(check({ severity: 'info' }), check({ severity: 'warning' }))?.severity, 'warning');
    assert.equal(judge(check({ passed: true }), check({ severity: 'info' }))?.severity, 'info');
    const unknown = judge(check({ passed: null, measured: null }));
    assert.match(unknown?.message ?? '', /no_nulls is unknown, expected at most 0 rows/);
  });

  test('drift, maintenance and failed work have findings', () => {
    assert.equal(driftVerdict('orders', []).finding, null);
    assert.match(driftVerdict('orders', ['total']).finding?.message ?? '', /total$/);
    assert.equal(maintenanceVerdict('orders', 500, 500, 'embedded').finding, null);
    assert.equal(maintenanceVerdict('orders', 501, 500, 'embedded').finding?.code, 'MAINTENANCE_OVERDUE');
    assert.equal(workVerdict('orders', 'semantic', null, 'embedded').finding, null);
    const failed = workVerdict('orders', 'semantic', 'RAW_HISTORY_CHANGED', 'embedded').finding;
    assert.deepEqual(failed, {
      code: 'RAW_HISTORY_CHANGED',
      severity: 'critical',
      message: `semantic failed: ${ERRORS.RAW_HISTORY_CHANGED.meaning}`,
      remedy: 'Run `lean-ops rebuild orders` to derive the table from the rows that RAW still has.',
    });
  });

  test('a remedy names the commands of the place where the reader is', () => {
    const late = { state: 'PIPELINE_LATE', reason: 'why', ...NO_AGES } as const;
    assert.match(freshnessVerdict('orders', late, 'embedded').finding?.remedy ?? '', /`lean-ops run`/);
    assert.match(freshnessVerdict('orders', late, 'aws').finding?.remedy ?? '', /freshness --target aws/);
    const failed = workVerdict('orders', 'semantic', 'REBUILD_REQUIRED', 'aws').finding;
    assert.match(failed?.remedy ?? '', /\{"topic":"orders","kind":"rebuild"\}/);
    const open = balanceVerdict(balance({ status: 'unbalanced' }), 'aws')?.finding;
    assert.match(open?.remedy ?? '', /`lean-ops balance orders --deep --target aws`/);
  });
});
