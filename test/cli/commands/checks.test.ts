import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { workbench } from '../../support/workbench.ts';
import { wrappedContract } from '../../support/wrapped-contract.ts';
import { at, outcomeOf } from '../outcome.ts';

const contract = (severity: string): string =>
  wrappedContract(['{ name: id, logicalType: string, primaryKey: true }'], {
    quality: [`{ metric: rowCount, name: enough, mustBeGreaterThan: 1, severity: ${severity} }`],
  });

suite('quality rules on the command line', () => {
  for (const [severity, exit] of [
    ['error', 1],
    ['warning', 0],
  ] as const) {
    test(`a rule of severity ${severity} that fails: exit ${exit}, and the data is committed`, async () => {
      const bench = await workbench(contract(severity));
      const call = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, ...argv);
      try {
        const none = await call('status');
        assert.deepEqual([none.exit, at(none.json, 'topics', 0, 'checks', 'results')], [0, []]);
        await bench.putRaw([{ id: 'a', time: 1n, payload: '{"id":"a"}' }]);
        const run = await call('run');
        assert.equal(run.exit, exit);
        assert.equal(at(run.json, 'semantic', 0, 'inserted'), 1);
        assert.equal(at(run.json, 'checks', 0, 'results', 0, 'passed'), false);
        assert.match(
          run.lines.join('\n'),
          /check +(error|warning) +things: enough fails: 1 of 1 rows, expected more than 1 row, since/,
        );
        const status = await call('status');
        assert.equal(status.exit, exit);
        assert.deepEqual(
          ['rule', 'metric', 'column', 'measured', 'rows', 'unit', 'expected', 'passed', 'severity'].map(
            (name) => at(status.json, 'topics', 0, 'checks', 'results', 0, name),
          ),
          ['enough', 'rowCount', null, 1, 1, 'rows', 'more than 1 row', false, severity],
        );
        assert.match(status.lines.join('\n'), /0 of 1 pass/);
        await bench.putRaw([{ id: 'b', time: 1n, payload: '{"id":"b"}' }]);
        assert.equal((await call('run')).exit, 0);
        assert.match((await call('status')).lines.join('\n'), /1 of 1 pass/);
      } finally {
        await bench.close();
      }
    });
  }
});
