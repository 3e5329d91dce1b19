import assert from 'node:assert/strict';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { suite, test } from 'node:test';
import { webhookSink } from '../../../src/embedded/alerts/webhook-sink.ts';
import { LeanOpsError } from '../../../src/errors/error.ts';
import { reconcile } from '../../../src/quality/alerts/alert.ts';
import { dueNotices, type Notice } from '../../../src/quality/alerts/notices.ts';

const SECRET = 'a secret of enough characters';
const NOW = 1_772_323_200_000;

function notices(): readonly Notice[] {
  const finding = { code: 'UNBALANCED', severity: 'critical', message: 'ünïcode', remedy: 'Look.' } as const;
  const verdict = { topic: 'orders', kind: 'balance', finding } as const;
  const alerts = reconcile([], [verdict], ['webhook'], 0n).flatMap(({ after }) => after ?? []);
  return dueNotices(alerts, 'webhook', 0n, 1n);
}

interface Call {
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
}

/** A real HTTP server that gives its answers in order and repeats the last one. */
async function serving(
  answers: readonly ((response: ServerResponse) => void)[],
  task: (url: string, calls: readonly Call[], waits: number[]) => Promise<void>,
): Promise<void> {
  const calls: Call[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part);
    const answer = answers[Math.min(calls.length, answers.length - 1)];
    calls.push({ headers: request.headers, body: Buffer.concat(parts).toString() });
    answer?.(response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  try {
    await task(`http://127.0.0.1:${port}/hook?token=hidden`, calls, []);
  } finally {
    server.closeAllConnections();
    server.close();
  }
}

const answer =
  (status: number, headers: Record<string, string> = {}) =>
  (response: ServerResponse) => {
    response.writeHead(status, headers).end('an answer that nobody reads');
  };
const hang = (): void => undefined;

const sink = (url: string, waits: number[]) =>
  webhookSink({
    url,
    secret: async () => SECRET,
    workspace: 'shop',
    now: () => NOW,
    wait: async (ms) => {
      waits.push(ms);
    },
    timeoutMs: 300,
  });

const refused = (detail: RegExp) => (error: unknown) => {
  assert.ok(error instanceof LeanOpsError && error.code === 'ALERT_NOT_DELIVERED');
  assert.match(error.message, detail);
  assert.doesNotMatch(error.message, /hidden|hook/, 'the address may hold a secret');
  return true;
};

suite('the webhook', () => {
  test('receives one signed JSON document for all notifications', async () => {
    await serving([answer(204)], async (url, calls, waits) => {
      const due = notices();
      await sink(url, waits).send(due);
      const [call] = calls;
      assert.ok(call !== undefined && calls.length === 1);
      const seconds = NOW / 1_000;
      const expected = createHmac('sha256', SECRET).update(`${seconds}.${call.body}`).digest('hex');
      assert.equal(call.headers['lean-ops-signature'], `t=${seconds},v1=${expected}`);
      assert.equal(call.headers['content-type'], 'application/json');
      const document = JSON.parse(call.body);
      assert.equal(document.workspace, 'shop');
      assert.equal(document.notices[0].id, due[0]?.id);
      assert.equal(document.notices[0].message, 'ünïcode');
      assert.deepEqual(waits, []);
    });
  });

  test('is retried with the same body after 500, 429 and a timeout, three times in all', async () => {
    await serving([answer(500), answer(429), answer(200)], async (url, calls, waits) => {
      await sink(url, waits).send(notices());
      assert.deepEqual(waits, [500, 2_000]);
      assert.equal(new Set(calls.map(({ body }) => body)).size, 1);
    });
    await serving([hang, answer(200)], async (url, calls, waits) => {
      await sink(url, waits).send(notices());
      assert.equal(calls.length, 2);
    });
    await serving([answer(503)], async (url, calls, waits) => {
      await assert.rejects(sink(url, waits).send(notices()), refused(/HTTP 503/));
      assert.equal(calls.length, 3);
    });
  });

  test('is not retried after permanent errors, and redirects are not followed', async () => {
    await serving([answer(401)], async (url, calls, waits) => {
      await assert.rejects(sink(url, waits).send(notices()), refused(/HTTP 401/));
      assert.equal(calls.length, 1);
    });
    await serving([answer(200)], async (target, reached) => {
      await serving([answer(307, { location: target })], async (url, calls, waits) => {
        await assert.rejects(sink(url, waits).send(notices()), refused(/redirects \(HTTP 307\)/));
        assert.deepEqual([calls.length, reached.length], [1, 0]);
      });
    });
  });

  test('reports a timeout and a missing server', async () => {
    await serving([hang], async (url, _calls, waits) => {
      await assert.rejects(sink(url, waits).send(notices()), refused(/no answer in time/));
    });
    await assert.rejects(sink('http://127.0.0.1:9/hook', []).send(notices()), refused(/no connection/));
  });

  test('a broken connection is retried', async () => {
    const breakOff = (response: ServerResponse): void => {
      response.socket?.destroy();
    };
    await serving([breakOff, answer(200)], async (url, calls, waits) => {
      await sink(url, waits).send(notices());
      assert.equal(calls.length, 2);
    });
  });
});
