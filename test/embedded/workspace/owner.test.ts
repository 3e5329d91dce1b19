import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { it } from 'node:test';
import { isOwnerDead, ownerName } from '../../../src/embedded/workspace/owner.ts';

it('assigns each opening its own name, in characters that a file name allows', () => {
  assert.notEqual(ownerName(), ownerName());
  assert.match(ownerName(), /^[0-9a-f]{12}\.\d+\.\d+\.[0-9a-f]{8}$/);
});

it('never reports a process as dead that can be alive', () => {
  assert.equal(isOwnerDead(ownerName()), false);
  const [machine, pid, , nonce] = ownerName().split('.');
  assert.equal(isOwnerDead(['000000000000', '2147483647', '1', nonce].join('.')), false, 'another machine');
  assert.equal(isOwnerDead([machine, pid, '0', nonce].join('.')), false, 'a start that is not known');
  for (const odd of [
    '',
    'someone',
    `${machine}`,
    `${machine}.x.1.y`,
    `${machine}.-1.1.y`,
    `${machine}.0.1.y`,
  ]) {
    assert.equal(isOwnerDead(odd), false, odd);
  }
});

it('reports a process as dead if its pid is free or belongs to a later process', async () => {
  const [machine, pid, , nonce] = ownerName().split('.');
  const child = spawn(process.execPath, ['-e', '0']);
  await once(child, 'exit');
  assert.equal(isOwnerDead([machine, child.pid, '5', nonce].join('.')), true);
  if (process.platform === 'linux') assert.equal(isOwnerDead([machine, pid, '1', nonce].join('.')), true);
});
