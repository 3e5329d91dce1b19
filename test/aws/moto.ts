import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { invariant } from '../../src/errors/error.ts';
import { python } from './python.ts';

const SCRIPT = join(dirname(fileURLToPath(import.meta.url)), 'moto_server.py');

/** Settings of every SDK client of a test. */
export interface ClientSettings {
  readonly endpoint: string;
  readonly region: string;
  readonly credentials: { readonly accessKeyId: string; readonly secretAccessKey: string };
}

export interface Moto {
  readonly settings: ClientSettings;
  stop(): Promise<void>;
}

/** Emulated AWS in a process of its own. Needs LEAN_OPS_PYTHON: a Python with moto[server]. */
export async function startMoto(): Promise<Moto> {
  const child = spawn(python(), [SCRIPT], { stdio: ['ignore', 'pipe', 'inherit'] });
  const exited = once(child, 'exit');
  const lines = createInterface({ input: child.stdout });
  const port = await Promise.race([
    once(lines, 'line').then(([line]) => Number(line)),
    exited.then(() => Number.NaN),
  ]);
  invariant(Number.isInteger(port), 'moto starts and says its port');
  return {
    settings: {
      endpoint: `http://127.0.0.1:${port}`,
      region: 'eu-central-1',
      credentials: { accessKeyId: 'test', secretAccessKey: 'test' },
    },
    stop: async () => {
      child.kill();
      await exited;
    },
  };
}
