import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import { readSampleFile } from '../../../src/embedded/ingest/sample-file.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';

suite('sample files', () => {
  let folder: string;
  before(async () => {
    folder = await mkdtemp(join(tmpdir(), 'lean-ops-sample-'));
  });
  after(() => rm(folder, { recursive: true, force: true }));

  const read = async (name: string, bytes: Uint8Array) => {
    const path = join(folder, name);
    await writeFile(path, bytes);
    const messages: unknown[] = [];
    const result = await readSampleFile(path, {
      onMessage: (message) => {
        if (typeof message !== 'object') return false;
        messages.push(message);
        return true;
      },
      onProgress: () => undefined,
      signal: new AbortController().signal,
    });
    return { ...result, read: messages };
  };

  const GOOD = '{"a":1}\r\n\n{"a":"é"}\n  \n{"a":3}';

  test('plain, gzip and zstd, with blank lines and a last line without a line end', async () => {
    for (const [name, bytes] of [
      ['a.ndjson', Buffer.from(GOOD)],
      ['a.ndjson.gz', gzipSync(GOOD)],
      ['a.ndjson.zst', zstdCompressSync(GOOD)],
    ] as const) {
      const { read: messages, ...result } = await read(name, bytes);
      assert.deepEqual(result, { messages: 3, skipped: {} });
      assert.deepEqual(messages, [{ a: 1 }, { a: 'é' }, { a: 3 }]);
    }
  });

  test('bad lines are counted by fault, and the good lines around them are read', async () => {
    const long = Buffer.concat([Buffer.from('{"a":"'), Buffer.alloc(3_000_000, 'x'), Buffer.from('"}\n')]);
    const bytes = Buffer.concat([
      Buffer.from('{"a":1}\n{"a":\n'),
      Buffer.from([0x7b, 0xff, 0x7d, 0x0a]),
      long,
      Buffer.from('7\nnonsense\n\ufeff{"a":2}\n{"a":2}\n'),
    ]);
    const { read: messages, ...result } = await read('bad.ndjson', bytes);
    assert.deepEqual(messages, [{ a: 1 }, { a: 2 }]);
    assert.deepEqual(result, {
      messages: 2,
      skipped: { MALFORMED_JSON: 3, NOT_UTF8: 1, RECORD_TOO_LARGE: 1, NOT_AN_OBJECT: 1 },
    });
  });

  test('a large sample needs little memory', async () => {
    const lines = Buffer.from(
      Array.from({ length: 20_000 }, (_, i) => `{"id":${i},"text":"${'x'.repeat(80)}"}\n`).join(''),
    );
    const path = join(folder, 'big.ndjson.gz');
    await writeFile(path, gzipSync(Buffer.concat(Array.from({ length: 20 }, () => lines))));
    globalThis.gc?.();
    const start = process.memoryUsage().rss;
    let peak = 0;
    const { messages } = await readSampleFile(path, {
      onMessage: () => true,
      onProgress: () => {
        peak = Math.max(peak, process.memoryUsage().rss - start);
      },
      signal: new AbortController().signal,
    });
    assert.equal(messages, 400_000);
    assert.ok(peak < 150 * 1024 * 1024, `${Math.round(peak / 1024 / 1024)} MiB more`);
  });

  test('an unreadable file and an interruption are errors', async () => {
    const options = { onMessage: () => true, onProgress: () => undefined, signal: AbortSignal.abort() };
    const fails = (code: string) => (error: unknown) => error instanceof LeanOpsError && error.code === code;
    await assert.rejects(readSampleFile(join(folder, 'none'), options), fails('SOURCE_MISSING'));
    await writeFile(join(folder, 'some'), GOOD);
    await assert.rejects(readSampleFile(join(folder, 'some'), options), fails('INTERRUPTED'));
    await writeFile(join(folder, 'cut.gz'), gzipSync(GOOD).subarray(0, 30));
    const going = { ...options, signal: new AbortController().signal };
    await assert.rejects(readSampleFile(join(folder, 'cut.gz'), going), fails('SOURCE_TRUNCATED'));
  });
});
