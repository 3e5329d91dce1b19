import { closeSync, fstatSync, readSync } from 'node:fs';
import type { Readable } from 'node:stream';
import { KIB } from '../../base/bytes.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { FaultPoints } from '../faults.ts';
import { type Compression, compressionOf, Decompressor, MAGIC_BYTES } from './compression.ts';
import { LineSplitter, WITNESS_BYTES } from './line-splitter.ts';
import type { FileToScan, ScanJob, ScanReport } from './protocol.ts';
import { edgeHashes, openSourceFile } from './source-identity.ts';
import { SourceScan } from './source-scan.ts';

const COMPRESSED_READ_BYTES = 256 * KIB;
/** A file without a change for this long is assumed to be complete. Milliseconds. */
const STABLE_MS = 250;

/** Reads the source to its end and reports each unit. Throws SOURCE_TRUNCATED, FILE_CHANGED, DISK_FULL. */
export async function scanSource(
  job: ScanJob,
  standardInput: Readable,
  report: (message: ScanReport) => void,
  faults: FaultPoints,
): Promise<void> {
  const scan = new SourceScan(job, report, faults);
  if (job.file === null) return scanStream(job, standardInput, scan);
  const file = openSourceFile(job.file.path);
  try {
    const compression = compressionOf(head(file), job.file.path);
    if (compression === 'plain') scanPlainFile(file, job.file, scan);
    else await scanCompressedFile(file, job, job.file, compression, scan);
  } finally {
    closeSync(file);
  }
}

function head(file: number): Buffer {
  const bytes = Buffer.alloc(MAGIC_BYTES);
  return bytes.subarray(0, readSync(file, bytes, 0, MAGIC_BYTES, 0));
}

function scanPlainFile(file: number, known: FileToScan, scan: SourceScan): void {
  const from = known.resume?.offset ?? 0;
  const base = Math.max(0, from - WITNESS_BYTES);
  const splitter = new LineSplitter(scan, base, from);
  scan.attach(splitter);
  while (splitter.received < known.size) {
    const space = splitter.space();
    const wanted = Math.min(space.length, known.size - splitter.received);
    const got = readSync(file, space, 0, wanted, splitter.received);
    if (got === 0) throw changed(known);
    scan.bytesDone += got;
    scan.advance(got);
  }
  scan.settlePlace();
  const before = fstatSync(file, { bigint: true });
  assertUnchanged(file, known);
  // A line that is still being written must not be read in part.
  const isWhole = !splitter.hasRest || isStable(file, before);
  scan.finish(isWhole);
}

/** True if size and modification time do not change for STABLE_MS. */
function isStable(file: number, before: { readonly size: bigint; readonly mtimeNs: bigint }): boolean {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, STABLE_MS);
  const after = fstatSync(file, { bigint: true });
  return after.size === before.size && after.mtimeNs === before.mtimeNs;
}

/** Throws FILE_CHANGED if the part that was read changed. Appended bytes are allowed. */
function assertUnchanged(file: number, known: FileToScan): void {
  const { firstHash, lastHash } = edgeHashes(file, BigInt(known.size));
  if (firstHash !== known.firstHash || lastHash !== known.lastHash) throw changed(known);
}

function changed({ path }: FileToScan): LeanOpsError {
  return new LeanOpsError('FILE_CHANGED', {
    operation: 'reading the input',
    detail: `${path} changed while Lean-Ops read it`,
  });
}

async function scanCompressedFile(
  file: number,
  job: ScanJob,
  known: FileToScan,
  compression: Exclude<Compression, 'plain'>,
  scan: SourceScan,
): Promise<void> {
  scan.attach(new LineSplitter(scan, 0, known.resume?.offset ?? 0));
  await whileWhole(scan, async () => {
    const decompressor = new Decompressor(compression, job.name, (bytes) => scan.push(bytes));
    const chunk = Buffer.allocUnsafe(COMPRESSED_READ_BYTES);
    for (let at = 0; at < known.size; ) {
      const got = readSync(file, chunk, 0, Math.min(chunk.length, known.size - at), at);
      if (got === 0) throw changed(known);
      at += got;
      scan.bytesDone = at;
      await decompressor.write(chunk.subarray(0, got));
    }
    await decompressor.end();
  });
  scan.settlePlace();
  assertUnchanged(file, known);
  scan.finish(true);
}

async function scanStream(job: ScanJob, stream: Readable, scan: SourceScan): Promise<void> {
  scan.attach(new LineSplitter(scan, 0, 0));
  const chunks: AsyncIterator<Buffer, undefined> = stream[Symbol.asyncIterator]();
  let head = Buffer.alloc(0);
  let next = await chunks.next();
  for (; next.value !== undefined && head.length < MAGIC_BYTES; next = await chunks.next()) {
    head = Buffer.concat([head, next.value]);
  }
  await whileWhole(scan, async () => {
    const sink = sinkFor(compressionOf(head, ''), job, scan);
    scan.bytesDone = head.length;
    await sink.write(head);
    for (; next.value !== undefined; next = await chunks.next()) {
      scan.bytesDone += next.value.length;
      await sink.write(next.value);
    }
    await sink.end();
  });
  scan.finish(true);
}

interface Sink {
  write(bytes: Buffer): Promise<void>;
  end(): Promise<void>;
}

function sinkFor(compression: Compression, job: ScanJob, scan: SourceScan): Sink {
  if (compression !== 'plain') return new Decompressor(compression, job.name, (bytes) => scan.push(bytes));
  return { write: async (bytes) => scan.push(bytes), end: async () => undefined };
}

/** A damaged place ends the source. Complete lines before it are ingested. */
async function whileWhole(scan: SourceScan, read: () => Promise<void>): Promise<void> {
  try {
    await read();
  } catch (error) {
    if (error instanceof LeanOpsError && error.code === 'SOURCE_TRUNCATED' && scan.isPlaced)
      scan.finish(false);
    throw error;
  }
}
