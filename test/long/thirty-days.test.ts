import assert from 'node:assert/strict';
import { suite, test } from 'node:test';
import { Life } from './life/life.ts';
import { DAYS, KEY_ROTATION_NOTICES, script, usual } from './life/script.ts';

/**
 * Thirty days of three topics on a virtual clock. Contracts change, a key is rotated, producers stop, break
 * and recover, people handle dead letters, and maintenance runs every day. At the end of each day the water
 * balance is balanced, every table equals a simple model of the contract, and freshness and alerts are as
 * scripted.
 */
suite('thirty days', () => {
  test('every day ends as scripted, and nothing is lost', async () => {
    const life = await Life.begin(20_300_301);
    const days = script();
    try {
      for (let day = 0; day < DAYS; day++) {
        life.dawn(day);
        const { events, freshness, alerts } = days.get(day) ?? { events: usual, freshness: [], alerts: [] };
        await events(life);
        assert.deepEqual(await life.freshness(), freshness, `freshness on day ${day}`);
        assert.deepEqual(await life.world.look(), [...alerts].sort(), `alerts on day ${day}`);
        await life.world.maintain();
        await life.examine();
      }
      assert.deepEqual([...life.world.notices()].sort(), [...expectedNotices()].sort());
    } finally {
      await life.world.close();
    }
  });
});

/**
 * The notifications of the scripted alerts: raised when new, repeated after a day if error or critical,
 * recovered when cleared.
 */
function expectedNotices(): readonly string[] {
  const days = script();
  const open = (day: number): readonly string[] => days.get(day)?.alerts ?? [];
  const all = Array.from({ length: DAYS }, (_, day) => {
    const [before, now] = [open(day - 1), open(day)];
    return [
      ...now.filter((alert) => !before.includes(alert)).map((alert) => `raised ${alert}`),
      ...now
        .filter((alert) => before.includes(alert) && !alert.endsWith('DEAD_LETTERS_OPEN'))
        .map((alert) => `repeated ${alert}`),
      ...before.filter((alert) => !now.includes(alert)).map((alert) => `recovered ${alert}`),
    ];
  });
  return [...all.flat(), ...KEY_ROTATION_NOTICES];
}
