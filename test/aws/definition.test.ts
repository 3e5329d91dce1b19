import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ERRORS, type ErrorCode } from '../../src/errors/taxonomy.ts';
import { definition } from './infrastructure.ts';

interface State {
  readonly Type: string;
  readonly Next?: string;
  readonly Default?: string;
  readonly Choices?: readonly { readonly Next: string }[];
  readonly Retry?: readonly { readonly ErrorEquals: readonly string[] }[];
  readonly Catch?: readonly { readonly ErrorEquals: readonly string[]; readonly Next: string }[];
}

const machine: { readonly StartAt: string; readonly States: Readonly<Record<string, State>> } = JSON.parse(
  await definition(),
);
const states = Object.entries(machine.States);

test('only transient errors are retried', () => {
  const retried = states.flatMap(([, { Retry = [] }]) => Retry.flatMap(({ ErrorEquals }) => ErrorEquals));
  const codes = new Set(retried.filter((name) => /^[A-Z_]+$/.test(name)));
  assert.deepEqual([...codes].sort(), ['AWS_UNAVAILABLE', 'COMMIT_CONFLICT', 'STATE_BUSY']);
  for (const code of codes) assert.equal(ERRORS[code as ErrorCode].class, 'transient');
  // A failed run is not retried: the next execution finishes its batch.
  assert.ok(!retried.some((name) => name.startsWith('States.')));
});

test('every task has a Catch that leads to a release', () => {
  for (const [name, { Type, Catch }] of states) {
    if (Type !== 'Task') continue;
    assert.deepEqual(Catch?.[0]?.ErrorEquals, ['States.ALL'], name);
    const way = name.startsWith('Release') ? 'NotReleased' : 'ReleaseAfterFailure';
    assert.equal(Catch?.[0]?.Next, way, name);
  }
});

test('every state is reached, and every transition leads to a state', () => {
  const reached = new Set<string>();
  const walk = (name: string): void => {
    if (reached.has(name)) return;
    const state = machine.States[name];
    assert.ok(state !== undefined, `there is no state ${name}`);
    reached.add(name);
    const { Next, Default, Choices = [], Catch = [] } = state;
    for (const next of [Next, Default, ...[...Choices, ...Catch].map((way) => way.Next)])
      if (next !== undefined) walk(next);
  };
  walk(machine.StartAt);
  assert.deepEqual([...reached].sort(), Object.keys(machine.States).sort());
});
