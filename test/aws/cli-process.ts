import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { text } from 'node:stream/consumers';
import { PREFIX } from './infrastructure.ts';
import { type Amendment, type EmulatedAws, jsonAnswer } from './proxy.ts';

const BIN = join(import.meta.dirname, '..', '..', 'bin', 'lean-ops.mjs');

export interface Run {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export type Env = Readonly<Record<string, string | undefined>>;

/** The environment of a user who has signed in. The SDK itself reads the variable for the endpoint. */
export function userOf({ settings }: EmulatedAws, folder: string): Env {
  return {
    PATH: process.env.PATH,
    HOME: folder,
    AWS_ENDPOINT_URL: settings.endpoint,
    AWS_REGION: settings.region,
    AWS_ACCESS_KEY_ID: settings.credentials.accessKeyId,
    AWS_SECRET_ACCESS_KEY: settings.credentials.secretAccessKey,
    AWS_EC2_METADATA_DISABLED: 'true',
    AWS_MAX_ATTEMPTS: '1',
  };
}

export const onTarget = (argv: readonly string[]) => ['--target', 'aws', '--env', 'test', ...argv];

/** Runs the command line as a process. `interrupt`: Ctrl-C is pressed when it resolves. */
export async function leanOps(
  argv: readonly string[],
  cwd: string,
  env: Env,
  interrupt?: Promise<void>,
): Promise<Run> {
  const child = spawn(process.execPath, [BIN, ...argv], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
  void interrupt?.then(() => child.kill('SIGINT'));
  const [stdout, stderr, [status]] = await Promise.all([
    text(child.stdout),
    text(child.stderr),
    once(child, 'exit'),
  ]);
  return { status, stdout, stderr };
}

/** Answers the first call of the command line: the configuration of the deployed function. */
export function functionConfiguration(variables: () => Readonly<Record<string, string>>): Amendment {
  return async ({ method, path }) => {
    const asked = /^\/2015-03-31\/functions\/([^/]+)\/configuration/.exec(path)?.[1];
    if (method !== 'GET' || asked === undefined) return null;
    if (asked === `${PREFIX}-water-balance`)
      return jsonAnswer(200, { Environment: { Variables: variables() } });
    const message = `Function not found: ${asked}`;
    return jsonAnswer(404, { Message: message }, { 'x-amzn-errortype': 'ResourceNotFoundException' });
  };
}
