import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import {
  appendFile,
  chmod,
  copyFile,
  mkdir,
  open,
  readFile,
  rename,
  stat,
  writeFile,
} from 'node:fs/promises';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { gzipSync, zstdCompressSync } from 'node:zlib';
import type { IngestResult } from '../../../src/embedded/ingest/result.ts';
import { type IngestBench, ingestBench, message } from './bench.ts';

const counts = (result: IngestResult) => [result.received, result.raw, result.deadLettered];
const lines = (from: number, to: number) =>
  Array.from({ length: to - from }, (_, at) => `${message(from + at)}\n`).join('');

suite('sources', () => {
  let bench: IngestBench;
  let name = 0;
  before(async () => {
    bench = await ingestBench();
  });
  after(() => bench.close());
  const file = (content: string | Uint8Array, ending = '.ndjson') =>
    bench.file(`s${++name}${ending}`, content);

  test('line ends, blank lines and a last line without a line end', async () => {
    const content = `\r\n${message(1)}\r\n\n \t\r\n${message(2)}\n\n${message(3)}`;
    assert.deepEqual(counts(await bench.take(await file(content))), [3, 3, 0]);
    const places = (await bench.rows()).map((row) =>
      Number(/^file:[0-9a-f-]{36}@(\d+)$/.exec(String(row.source))?.[1]),
    );
    assert.deepEqual(
      places.sort((a, b) => a - b),
      [1, 2, 3].map((id) => content.indexOf(message(id))),
    );
  });

  test('an empty file is ingested, and again after it has grown', async () => {
    const path = await file('');
    assert.deepEqual(
      [(await bench.take(path)).result, (await bench.take(path)).result],
      ['taken', 'already-taken'],
    );
    await appendFile(path, `${message('e')}\n`);
    assert.deepEqual(counts(await bench.take(path)), [1, 1, 0]);
    assert.equal((await bench.take(path)).result, 'already-taken');
  });

  test('a grown file continues, and its last line without a line end counts once', async () => {
    const path = await file(lines(0, 2000) + message('half'));
    assert.deepEqual(counts(await bench.take(path)), [2001, 2001, 0]);
    await appendFile(path, `\n${lines(0, 3)}`);
    assert.deepEqual(counts(await bench.take(path)), [3, 3, 0]);
  });

  test('a copy is another file; a moved or restored file is the same', async () => {
    const path = await file(lines(0, 3));
    await bench.take(path);
    await copyFile(path, `${path}.copy`);
    assert.equal((await bench.take(`${path}.copy`)).result, 'taken');
    await rename(path, `${path}.moved`);
    assert.equal((await bench.take(`${path}.moved`)).result, 'already-taken');
    await copyFile(`${path}.moved`, path);
    assert.equal((await bench.take(path)).result, 'already-taken');
  });

  test('a changed file is refused; --again ingests it as a new source', async () => {
    const path = await file(lines(0, 3));
    await bench.take(path);
    for (const changed of [lines(1, 4), lines(0, 2), lines(5, 50)]) {
      await writeFile(path, changed);
      await assert.rejects(bench.take(path), { code: 'FILE_CHANGED' });
    }
    assert.deepEqual(counts(await bench.take(path, { again: true })), [45, 45, 0]);
    assert.equal((await bench.take(path)).result, 'already-taken');
    assert.deepEqual(counts(await bench.take(path, { again: true })), [45, 45, 0]);
  });

  test('gzip, also with several members, and zstd are detected by their first bytes', async () => {
    const members = Buffer.concat([gzipSync(lines(0, 500)), gzipSync(lines(500, 1000) + message('last'))]);
    for (const [bytes, ending] of [
      [members, '.gz'],
      [members, '.ndjson'],
      [zstdCompressSync(lines(0, 1000) + message('z')), '.zst'],
    ] as const) {
      const path = await file(bytes, ending);
      assert.deepEqual(counts(await bench.take(path)), [1001, 1001, 0]);
      assert.equal((await bench.take(path)).result, 'already-taken');
    }
    const grown = await file(gzipSync(lines(0, 500)), '.gz');
    await bench.take(grown);
    await appendFile(grown, gzipSync(lines(500, 510)));
    assert.deepEqual(counts(await bench.take(grown)), [10, 10, 0]);
  });

  test('complete messages before a damaged place are ingested once, also after a repair of the file', async () => {
    const text = lines(0, 5_000);
    for (const [whole, ending] of [
      [gzipSync(text), '.gz'],
      [zstdCompressSync(text), '.zst'],
    ] as const) {
      const before = await bench.count();
      const path = await file(whole.subarray(0, Math.floor(whole.length * 0.6)), ending);
      await assert.rejects(bench.take(path), { code: 'SOURCE_TRUNCATED' });
      const taken = (await bench.count()) - before;
      assert.ok(taken > 500 && taken < 5_000, String(taken));
      await assert.rejects(bench.take(path), { code: 'SOURCE_TRUNCATED' });
      assert.equal((await bench.count()) - before, taken);
      await writeFile(path, whole);
      assert.deepEqual(counts(await bench.take(path)), [5_000 - taken, 5_000 - taken, 0]);
    }
    const damaged = Buffer.from(gzipSync(text));
    damaged.fill(0xff, damaged.length >> 1, (damaged.length >> 1) + 50);
    await assert.rejects(bench.take(await file(damaged, '.gz')), { code: 'SOURCE_TRUNCATED' });
    for (const [bytes, ending] of [
      [Buffer.from([0x1f, 0x8b]), '.gz'],
      [Buffer.from([0x28]), '.zst'],
    ] as const) {
      await assert.rejects(bench.take(await file(bytes, ending)), { code: 'SOURCE_TRUNCATED' });
    }
  });

  test('unreadable files are refused', async () => {
    await assert.rejects(bench.take(join(bench.temporary.root, 'none')), { code: 'SOURCE_MISSING' });
    await mkdir(join(bench.temporary.root, 'folder'));
    await assert.rejects(bench.take(join(bench.temporary.root, 'folder')), { code: 'SOURCE_UNREADABLE' });
    const secret = await file('x');
    await chmod(secret, 0);
    if (process.getuid?.() !== 0) await assert.rejects(bench.take(secret), { code: 'SOURCE_UNREADABLE' });
    assert.deepEqual(await bench.workspace.store.openWorks(), []);
  });

  test('standard input: complete, in single bytes, compressed, empty', async () => {
    const text = Buffer.from(`${lines(0, 3)}${message('end')}`);
    const bytes = Array.from(text, (_, at) => text.subarray(at, at + 1));
    for (const chunks of [[text], bytes, [gzipSync(text)], [zstdCompressSync(text)]]) {
      const result = await bench.takeStream(chunks);
      assert.deepEqual([result.source, ...counts(result)], ['-', 4, 4, 0]);
    }
    assert.deepEqual(counts(await bench.takeStream([])), [0, 0, 0]);
    await assert.rejects(bench.takeStream([gzipSync(text).subarray(0, 30)]), { code: 'SOURCE_TRUNCATED' });
  });

  test('a line that is still being written waits for the next call', async () => {
    const path = await file(`${message(1)}\n${message(2).slice(0, 20)}`);
    const writer = setInterval(() => appendFile(path, 'x'), 20);
    const first = await bench.take(path);
    clearInterval(writer);
    assert.deepEqual(counts(first), [1, 1, 0]);
    await new Promise((resolve) => setTimeout(resolve, 100));
    assert.deepEqual(counts(await bench.take(path)), [1, 0, 1]);
  });

  test('lines at the limit and above it', async () => {
    const long = (bytes: number) => `{"idempotency_key":"${'x'.repeat(bytes)}"}`;
    const huge = long(5_000_000);
    const path = await file(
      `${long(100_000)}\n${long(1_048_576)}\r\n${huge}\r\n${message('after')}\n${long(3_000_000)}`,
    );
    const result = await bench.take(path);
    assert.deepEqual(counts(result), [5, 2, 3]);
    assert.deepEqual(result.byError, { RECORD_TOO_LARGE: 3 });
    const letters = (await bench.deadLetters()).filter(({ errorCode }) => errorCode === 'RECORD_TOO_LARGE');
    const letter = letters.find(({ bodySize }) => bodySize === BigInt(huge.length));
    assert.equal(letter?.bodySha256, createHash('sha256').update(huge).digest('hex'));
    const stored = await bench.workspace.store.deadLetter(letter?.id ?? '');
    assert.equal(stored?.body.kind, 'file');
    const body = join(bench.temporary.root, stored?.body.kind === 'file' ? stored.body.pointer : '');
    assert.equal((await readFile(body)).toString(), huge);
    assert.equal((await stat(body)).mode & 0o777, 0o600);
    assert.equal((await bench.take(path)).result, 'already-taken');
  });

  test('a line of 200 MiB needs bounded memory', async () => {
    const path = join(bench.temporary.root, 'in', 'giant');
    const handle = await open(path, 'w');
    await handle.truncate(200 * 2 ** 20);
    await handle.write(`\n${message('g')}\n`, 200 * 2 ** 20);
    await handle.close();
    const before = process.memoryUsage().rss;
    assert.deepEqual(counts(await bench.take(path)), [2, 1, 1]);
    assert.ok(process.memoryUsage().rss - before < 120 * 2 ** 20);
  });

  test('every kind of refused message becomes a dead letter with its exact bytes', async () => {
    const bad: readonly (readonly [string, string])[] = [
      ['MALFORMED_JSON', '{"a":}'],
      ['NOT_AN_OBJECT', '[1]'],
      ['TRAILING_BYTES', '{} {}'],
      ['DUPLICATE_KEY', '{"a":1,"a":1}'],
      ['LONE_SURROGATE', '{"a":"\\ud800"}'],
      ['BYTE_ORDER_MARK', '\ufeff{}'],
      ['PAYLOAD_NOT_AN_OBJECT', '{"specversion":"1","id":"1","source":"s","type":"t"}'],
      ['IDEMPOTENCY_KEY_MISSING', '  {"a":1}  '],
    ];
    const path = await file(bad.map(([, text]) => `${text}\n`).join(''));
    const result = await bench.take(path);
    assert.deepEqual(result.byError, Object.fromEntries(bad.map(([code]) => [code, 1])));
    for (const [code, text] of bad) {
      const letter = (await bench.deadLetters()).find((each) => each.errorCode === code);
      const stored = await bench.workspace.store.deadLetter(letter?.id ?? '');
      assert.equal(stored?.body.kind === 'inline' && Buffer.from(stored.body.bytes).toString(), text);
    }
  });
});
