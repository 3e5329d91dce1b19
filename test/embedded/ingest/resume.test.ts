import assert from 'node:assert/strict';
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { suite, test } from 'node:test';
import { gzipSync } from 'node:zlib';
import { FAULT_POINTS, FAULT_VARIABLE } from '../../../src/embedded/faults.ts';
import { type IngestBench, ingestBench, message } from './bench.ts';

const CHILD = join(import.meta.dirname, 'child.ts');

/** About 3 MiB, so four units of 1 MiB. Every 50th line is bad. */
const MESSAGES = 3000;
const PADDING = 'x'.repeat(1000);
const TEXT = Array.from({ length: MESSAGES }, (_, at) =>
  at % 50 === 0
    ? `{"bad":${at}, ${PADDING}\n`
    : `${message(at).replace('"id"', `"pad":"${PADDING}","id"`)}\n`,
).join('');
const BAD = MESSAGES / 50;

async function bench(): Promise<IngestBench> {
  const made = await ingestBench();
  const config = join(made.temporary.root, 'lean-ops.yaml');
  const text = await readFile(config, 'utf8');
  await writeFile(config, text.replace(/unit_size:.*/, 'unit_size: 1MiB'));
  return made;
}

/** Every message has exactly one fate, and dead runs left no files. */
async function assertWhole({ workspace, rows, deadLetters }: IngestBench): Promise<void> {
  const ids = (await rows()).map((row) => String(row.message_id)).sort();
  const expected = Array.from({ length: MESSAGES }, (_, at) => at).filter((at) => at % 50 !== 0);
  assert.deepEqual(ids, expected.map((at) => `m-${at}`).sort());
  assert.equal(new Set((await deadLetters()).map(({ source }) => source)).size, BAD);
  const { totals } = await workspace.store.checkpoint('things');
  assert.deepEqual([totals.received, totals.raw, totals.deadLettered], [MESSAGES, MESSAGES - BAD, BAD]);
  assert.deepEqual(await workspace.store.openWorks(), []);
  assert.deepEqual(await readdir(workspace.paths.staging), []);
  assert.deepEqual(await readdir(workspace.paths.deadLetters), []);
  const entries = await readdir(workspace.paths.warehouse, { recursive: true, withFileTypes: true });
  for (const { name, parentPath } of entries.filter((each) => each.name.endsWith('.parquet'))) {
    assert.notEqual(await workspace.store.fileChecksum(join(parentPath, name)), null);
  }
}

async function runChild(root: string, path: string, fault: string | null): Promise<string | number> {
  const environment = { ...process.env, ...(fault === null ? {} : { [FAULT_VARIABLE]: fault }) };
  const child = spawn(process.execPath, [CHILD, root, path], {
    env: environment,
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let errors = '';
  child.stderr.on('data', (text) => {
    errors += text;
  });
  const [code, signal] = await once(child, 'exit');
  if (code !== 0 && signal === null) throw new Error(errors);
  return signal ?? code;
}

suite('an interrupted ingest', () => {
  for (const [name, content] of [
    ['plain', TEXT],
    ['compressed', gzipSync(TEXT)],
  ] as const) {
    test(`continues a ${name} file after its last commit when it was killed`, async () => {
      const made = await bench();
      try {
        const path = await made.file('in', content);
        const points = FAULT_POINTS.filter((point) => point.startsWith('ingest:'));
        const faults =
          name === 'plain'
            ? points.map((point) => `${point}#${point.endsWith('opened') ? 3 : 1}`)
            : ['ingest:after-commit#2'];
        for (const fault of faults)
          assert.equal(await runChild(made.temporary.root, path, fault), 'SIGKILL', fault);
        assert.equal(await runChild(made.temporary.root, path, null), 0);
        await assertWhole(made);
      } finally {
        await made.close();
      }
    });
  }

  test('continues after Ctrl-C at every unit', async () => {
    const made = await bench();
    try {
      const path = await made.file('in', TEXT);
      let interrupted = 0;
      for (let done = false; !done; ) {
        const abort = new AbortController();
        const faults = { hit: (point: string) => point === 'ingest:after-commit' && abort.abort() };
        try {
          await made.take(path, { signal: abort.signal, faults });
          done = true;
        } catch (error) {
          assert.equal((error as { code?: string }).code, 'INTERRUPTED');
          interrupted += 1;
        }
      }
      assert.ok(interrupted >= 3, String(interrupted));
      assert.equal((await made.take(path)).result, 'already-taken');
      await assertWhole(made);
    } finally {
      await made.close();
    }
  });

  test('ingests nothing if Ctrl-C is pressed before the first commit', async () => {
    const made = await bench();
    try {
      const path = await made.file('in', TEXT);
      await assert.rejects(made.take(path, { signal: AbortSignal.abort() }), { code: 'INTERRUPTED' });
      assert.equal(await made.count(), 0);
      await made.take(path);
      await assertWhole(made);
    } finally {
      await made.close();
    }
  });

  test('holds a lease, and a second ingest names the holder', async () => {
    const made = await bench();
    try {
      const path = await made.file('in', TEXT);
      const results = await Promise.allSettled([made.take(path), made.take(path)]);
      const refused = results.find((each) => each.status === 'rejected');
      assert.equal(refused?.status === 'rejected' && refused.reason.code, 'LEASE_HELD');
      await assertWhole(made);
    } finally {
      await made.close();
    }
  });

  test('refuses a file that changed meanwhile', async () => {
    const made = await bench();
    try {
      const path = await made.file('in', TEXT);
      const abort = new AbortController();
      const faults = { hit: (point: string) => point === 'ingest:after-commit' && abort.abort() };
      await assert.rejects(made.take(path, { signal: abort.signal, faults }), { code: 'INTERRUPTED' });
      const taken = await made.count();
      // The edges are unchanged. Only the bytes before the offset differ.
      const bytes = Buffer.from(TEXT);
      const { offset } = (await made.workspace.store.sources('things'))[0] ?? { offset: 0n };
      bytes.write('?', Number(offset) - 100);
      await writeFile(path, bytes);
      await assert.rejects(made.take(path), { code: 'FILE_CHANGED' });
      assert.equal(await made.count(), taken);
    } finally {
      await made.close();
    }
  });
});
