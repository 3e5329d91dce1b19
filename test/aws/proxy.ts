import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request, type Server, type ServerResponse } from 'node:http';
import { buffer } from 'node:stream/consumers';
import { invariant } from '../../src/errors/error.ts';
import { startMoto } from './moto.ts';

/** A call to AWS. */
export interface AwsCall {
  readonly method: string;
  readonly path: string;
  /** Of the JSON protocols: `AWSGlue.UpdateTable`; empty for others. */
  readonly target: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export interface AwsAnswer {
  readonly status: number;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Buffer;
}

/** Adds what moto lacks. Returns its own answer, or null to pass the call on; `pass` calls moto. */
export type Amendment = (
  call: AwsCall,
  pass: (call: AwsCall) => Promise<AwsAnswer>,
) => Promise<AwsAnswer | null>;

/** Emulated AWS: moto behind a proxy that adds what moto lacks. */
export interface EmulatedAws {
  /** Settings of every SDK client of a test. */
  readonly settings: {
    readonly endpoint: string;
    readonly region: string;
    readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
  };
  stop(): Promise<void>;
}

/** The first amendment with an answer decides. moto's own Step Functions call through the proxy too. */
export async function startEmulatedAws(amendments: readonly Amendment[]): Promise<EmulatedAws> {
  let upstream: URL | null = null;
  const server = createServer((incoming, outgoing) => {
    invariant(upstream !== null, 'moto has started');
    void serve(incoming, outgoing, upstream, amendments);
  });
  // moto's interpreter calls `localhost`, which may be either family.
  server.listen(0);
  await once(server, 'listening');
  const port = portOf(server);
  process.env.MOTO_PORT = String(port);
  const moto = await startMoto().catch((error) => {
    server.close();
    throw error;
  });
  upstream = new URL(moto.settings.endpoint);
  const settings = { ...moto.settings, endpoint: `http://127.0.0.1:${port}` };
  await fetch(`${settings.endpoint}/moto-api/config`, {
    method: 'POST',
    body: JSON.stringify({ stepfunctions: { execute_state_machine: true } }),
  });
  const stop = async () => {
    server.closeAllConnections();
    server.close();
    await moto.stop();
  };
  return { settings, stop };
}

async function serve(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  upstream: URL,
  amendments: readonly Amendment[],
): Promise<void> {
  const call: AwsCall = {
    method: incoming.method ?? 'GET',
    path: incoming.url ?? '/',
    target: String(incoming.headers['x-amz-target'] ?? ''),
    headers: incoming.headers,
    body: await buffer(incoming),
  };
  const pass = (passed: AwsCall) => forward(upstream, passed);
  const { status, headers, body } = await answerOf(call, pass, amendments);
  // An answer to HEAD has no body, but the object's length.
  outgoing.writeHead(status, { 'content-length': String(body.length), ...headers });
  outgoing.end(body);
}

async function answerOf(
  call: AwsCall,
  pass: (call: AwsCall) => Promise<AwsAnswer>,
  amendments: readonly Amendment[],
): Promise<AwsAnswer> {
  for (const amend of amendments) {
    const answer = await amend(call, pass);
    if (answer !== null) return answer;
  }
  return pass(call);
}

async function forward(upstream: URL, { method, path, headers, body }: AwsCall): Promise<AwsAnswer> {
  const outgoing = request(new URL(path, upstream), {
    method,
    headers: { ...headers, 'content-length': String(body.length), connection: 'close' },
    agent: false,
  });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  const kept = Object.entries(answer.headers).flatMap(([name, value]) =>
    value === undefined || ['connection', 'transfer-encoding', 'content-length'].includes(name)
      ? []
      : [[name, String(value)] as const],
  );
  const bytes = method === 'HEAD' ? Buffer.alloc(0) : await buffer(answer);
  const length = method === 'HEAD' ? answer.headers['content-length'] : undefined;
  return {
    status: answer.statusCode ?? 500,
    headers: Object.fromEntries([...kept, ...(length === undefined ? [] : [['content-length', length]])]),
    body: bytes,
  };
}

export function jsonAnswer(
  status: number,
  body: unknown,
  headers: Readonly<Record<string, string>> = {},
): AwsAnswer {
  const json = { 'content-type': 'application/x-amz-json-1.1', 'x-amzn-requestid': randomUUID(), ...headers };
  return { status, headers: json, body: Buffer.from(JSON.stringify(body)) };
}

function portOf(server: Server): number {
  const address = server.address();
  invariant(typeof address === 'object' && address !== null, 'the proxy listens on a port');
  return address.port;
}
