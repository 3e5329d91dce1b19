import assert from 'node:assert/strict';
import { afterEach, beforeEach, suite, test } from 'node:test';
import { type IngestBench, ingestBench, message } from '../../embedded/ingest/bench.ts';
import { at, outcomeOf } from '../outcome.ts';

suite('dead letters and halts on the command line', () => {
  let bench: IngestBench;
  beforeEach(async () => {
    bench = await ingestBench();
  });
  afterEach(() => bench.close());
  const run = (...argv: readonly string[]) => outcomeOf(bench.temporary.root, ...argv);

  test('nothing is replayed or discarded unasked, and without a choice', async () => {
    await bench.take(await bench.file('a.ndjson', `{"broken\n${message(1)}\n`));
    for (const name of ['replay', 'discard']) {
      await assert.rejects(run('dlq', name, '--all'), { code: 'USAGE' });
      await assert.rejects(run('dlq', name, '--yes'), { code: 'USAGE' });
      await assert.rejects(run('dlq', name, 'unknown', '--yes'), { code: 'NOT_FOUND' });
      await assert.rejects(run('dlq', name, '--code', 'NO_CODE', '--yes'), { code: 'USAGE' });
      const { exit, json } = await run('dlq', name, '--all', '--dry-run');
      assert.deepEqual([exit, at(json, `would_${name}`, 0, 'dead_letters')], [0, 1]);
    }
    await assert.rejects(run('dlq', 'list', '--status', 'nonsense'), { code: 'USAGE' });
    assert.deepEqual(await bench.workspace.store.deadLetterCounts('things'), {
      open: 1,
      replayed: 0,
      discarded: 0,
    });
  });

  test('a replay and its links, as dlq show and explain tell them', async () => {
    await bench.take(await bench.file('a.ndjson', `{"broken\n{"broken too\n${message(1)}\n`));
    const [first, second] = (await bench.deadLetters()).map(({ id }) => id);
    const file = await bench.file('repaired.json', message('mended'));
    const replayed = await run('dlq', 'replay', first ?? '', '--with', file, '--yes');
    assert.deepEqual(
      [
        replayed.exit,
        ...['replayed', 'raw', 'dead_lettered'].map((name) => at(replayed.json, 'replay', 0, name)),
      ],
      [0, 1, 1, 0],
    );
    await assert.rejects(run('dlq', 'replay', '--all', '--with', 'nowhere.json', '--yes'), {
      code: 'SOURCE_MISSING',
    });
    await run('dlq', 'replay', '--topic', 'things', '--yes');
    const shown = await run('dlq', 'show', first ?? '');
    assert.deepEqual(
      ['status', 'became'].map((name) => at(shown.json, name)),
      ['replayed', { source: `replay:${first}`, dead_letter_id: null }],
    );
    assert.match(shown.lines.join('\n'), /became +a row of RAW \(source replay:[0-9a-f]{32}\)/);
    const again = await run('dlq', 'show', second ?? '');
    const next = await run('dlq', 'show', String(at(again.json, 'became', 'dead_letter_id')));
    assert.deepEqual([at(next.json, 'replay_of'), at(next.json, 'receive_count')], [second, 2]);
    await run('semantic');
    const explained = await run('explain', 'm-mended');
    assert.deepEqual(
      [at(explained.json, 'receptions', 0, 'replay_of'), at(explained.json, 'dead_letters', 0, 'id')],
      [first, first],
    );
    // Bodies are shown to whoever asks for them only.
    assert.doesNotMatch(JSON.stringify([shown, again, next, explained]), /broken too|"body_base64"/);
    assert.match(JSON.stringify(await run('dlq', 'show', second ?? '', '--reveal')), /broken too/);
  });

  test('a discard with its reason', async () => {
    await bench.take(await bench.file('a.ndjson', `{"broken\n${message(1)}\n`));
    await assert.rejects(run('dlq', 'discard', '--all', '--yes', '--reason', 'two\nlines'), {
      code: 'USAGE',
    });
    const { json } = await run('dlq', 'discard', '--all', '--yes', '--reason', 'a load test');
    assert.deepEqual(json, { discarded: 1 });
    const listed = await run('dlq', 'list', '--status', 'discarded');
    assert.equal(at(listed.json, 'dead_letters', 0, 'reason'), 'a load test');
  });

  test('a halted topic: told by status and topic list, exit 1, and resumed by a person', async () => {
    const poisoned = Array.from({ length: 200 }, (_, n) => (n % 3 === 0 ? message(n) : `{"broken ${n}`));
    const file = await bench.file('a.ndjson', poisoned.join('\n'));
    const ran = await run('run', `things=${file}`);
    assert.deepEqual([ran.exit, at(ran.json, 'errors', 0, 'error', 'code')], [1, 'TOPIC_HALTED']);
    const status = await run('status');
    assert.deepEqual(
      [status.exit, at(status.json, 'topics', 0, 'halt', 'bad'), at(status.json, 'topics', 0, 'halt', 'of')],
      [1, 133, 200],
    );
    assert.match(status.lines.join('\n'), /things is halted: 133 of 200 messages became dead letters/);
    assert.equal(at((await run('topic', 'list')).json, 0, 'status'), 'halted');
    assert.equal((await run('semantic')).exit, 1);
    const resumed = await run('topic', 'resume', 'things');
    assert.deepEqual([resumed.exit, at(resumed.json, 'halt', 'bad')], [0, 133]);
    await assert.rejects(run('topic', 'resume', 'things'), { code: 'NOT_FOUND' });
    assert.equal((await run('run', `things=${file}`)).exit, 0);
    assert.equal((await run('status')).exit, 0);
  });

  test('runs that failed are counted by day, without paths; data, a halt and a stop are no failures', async () => {
    const missing = `${bench.temporary.root}/in/missing.ndjson`;
    for (let at = 0; at < 2; at++) await assert.rejects(bench.take(missing), { code: 'SOURCE_MISSING' });
    const stopped = AbortSignal.abort();
    const file = await bench.file('a.ndjson', `${message(1)}\n{"broken\n`);
    await assert.rejects(bench.take(file, { signal: stopped }), { code: 'INTERRUPTED' });
    await bench.take(file);
    const { store } = bench.workspace;
    assert.deepEqual(await store.failures('things', '2026-02-28', '2026-03-01'), [
      {
        topic: 'things',
        code: 'SOURCE_MISSING',
        stage: 'ingest',
        day: '2026-03-01',
        count: 2,
        firstAt: bench.temporary.now,
        lastAt: bench.temporary.now,
      },
    ]);
    await store.recordFailure({ topic: 'things', code: 'DISK_FULL', at: BigInt(Date.now()) * 1000n });
    const status = await run('status');
    assert.deepEqual([status.exit, at(status.json, 'topics', 0, 'failures', 0, 'code')], [0, 'DISK_FULL']);
    assert.match(status.lines.join('\n'), /things failed: DISK_FULL, 1 run on /);
  });
});
