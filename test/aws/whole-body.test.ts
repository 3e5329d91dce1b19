import assert from 'node:assert/strict';
import { once } from 'node:events';
import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server, type ServerResponse } from 'node:http';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, suite, test } from 'node:test';
import { S3Client } from '@aws-sdk/client-s3';
import { s3Files } from '../../src/aws/deployment/s3-files.ts';
import { s3Copies } from '../../src/aws/reading/s3-copies.ts';
import { copyOf } from '../../src/duckdb/parquet/table-relation.ts';
import { invariant, LeanOpsError } from '../../src/errors/error.ts';

const BODY = Buffer.alloc(300_000, 'what messages say ');
const FILE = { path: 's3://bucket/data/file.parquet', fileSize: BigInt(BODY.length) };
/** Milliseconds without data after which a connection counts as broken here. Pauses of a busy machine are shorter. */
const SILENCE = 2_000;

/** What happens to the next answers. Later ones are whole. */
type Way = 'cut' | 'stall' | 'refused' | 'short';

/** S3's GetObject, over connections that break. */
suite('an object whose body breaks off', () => {
  let server: Server;
  let ways: Way[] = [];
  let asked = 0;
  let folder = '';
  let onStall = (): void => undefined;

  const answer = (outgoing: ServerResponse): void => {
    asked += 1;
    const way = ways.shift();
    if (way === 'refused') {
      outgoing.writeHead(403).end('<Error><Code>AccessDenied</Code></Error>');
      return;
    }
    const body = way === 'short' ? BODY.subarray(1) : BODY;
    outgoing.writeHead(200, { 'content-length': body.length });
    if (way !== 'cut' && way !== 'stall') {
      outgoing.end(body);
      return;
    }
    outgoing.write(body.subarray(0, 100_000), () => {
      if (way === 'cut') outgoing.destroy();
      else onStall();
    });
  };
  const client = (): S3Client => {
    const address = server.address();
    invariant(typeof address === 'object' && address !== null, 'the server listens');
    return new S3Client({
      endpoint: `http://127.0.0.1:${address.port}`,
      region: 'eu-west-1',
      credentials: { accessKeyId: 'a', secretAccessKey: 'b' },
      forcePathStyle: true,
      requestHandler: { socketTimeout: SILENCE },
    });
  };
  const fetchCopy = async (signal = new AbortController().signal): Promise<Buffer> => {
    const begin = async () => ({ copied: () => undefined, end: () => undefined });
    await s3Copies({ client: client(), folder, signal, begin }).fetch([FILE]);
    return readFile(copyOf(folder, FILE.path));
  };
  const rejects = (work: Promise<unknown>, code: string): Promise<void> =>
    assert.rejects(work, (error) => error instanceof LeanOpsError && error.code === code);

  before(async () => {
    server = createServer((_incoming, outgoing) => answer(outgoing)).listen(0, '127.0.0.1');
    await once(server, 'listening');
  });
  after(() => server.close());

  const each = (name: string, work: () => Promise<void>) =>
    test(name, async () => {
      folder = await mkdtemp(join(tmpdir(), 'lean-ops-'));
      asked = 0;
      try {
        await work();
      } finally {
        ways = [];
        onStall = () => undefined;
        server.closeAllConnections();
        await rm(folder, { recursive: true });
      }
    });

  each('is read again if the connection is cut or stalls', async () => {
    for (const way of ['cut', 'stall'] as const) {
      asked = 0;
      ways = [way];
      assert.deepEqual(await fetchCopy(), BODY);
      assert.equal(asked, 2, way);
      ways = [way];
      assert.deepEqual(Buffer.from(await s3Files(client()).read(FILE.path)), BODY);
      assert.equal(asked, 4, way);
    }
  });

  each('fails after the third attempt, with a transient error', async () => {
    ways = ['cut', 'stall', 'cut'];
    await rejects(fetchCopy(), 'AWS_UNAVAILABLE');
    assert.equal(asked, 3);
  });

  each('is not read again if S3 refuses, or if the file differs from the manifest', async () => {
    ways = ['refused'];
    await rejects(fetchCopy(), 'AWS_REFUSED');
    assert.equal(asked, 1);
    ways = ['short'];
    await rejects(fetchCopy(), 'DATA_FILE_CORRUPT');
    assert.equal(asked, 2);
  });

  each('ends at once when the user stops', async () => {
    ways = ['stall'];
    const stop = new AbortController();
    onStall = () => stop.abort();
    await rejects(fetchCopy(stop.signal), 'INTERRUPTED');
    assert.equal(asked, 1);
  });
});
