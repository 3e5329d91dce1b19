import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdtemp, readdir, readFile, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';

export const ROOT = resolve(import.meta.dirname, '..', '..');
/**
 * A substitute for the AWS provider that has its schema and needs no network. Without it, the tests use the
 * real provider.
 */
const OFFLINE = join(ROOT, '..', 'shared', 'tools', 'terraform-aws-schema', 'tf-offline');
export const offline = existsSync(OFFLINE);

/** One resource or data source of a state or plan. */
export interface Resource {
  /** `module.ingestion.aws_sqs_queue.topic["orders"]` */
  readonly address: string;
  readonly type: string;
  readonly values: Readonly<Record<string, unknown>>;
}

interface Module {
  readonly resources?: readonly Resource[];
  readonly child_modules?: readonly Module[];
}

export interface Outcome {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

/** Runs Terraform in the checkout, with the substitute for the provider if that exists. */
export function terraform(args: readonly string[], plan: 'names' | 'real' = 'names'): Promise<Outcome> {
  const [command, options] = offline ? [OFFLINE, [`--plan=${plan}`]] : ['terraform', []];
  return new Promise((done) => {
    execFile(command, [...options, ...args], { cwd: ROOT, maxBuffer: 2 ** 28 }, (error, stdout, stderr) => {
      const code = error === null ? 0 : typeof error.code === 'number' ? error.code : 1;
      done({ code, stdout, stderr: error !== null && stderr === '' ? error.message : stderr });
    });
  });
}

/**
 * Makes a folder like dist/lambda with all four functions, for the contracts in the folder `topics`.
 * Terraform does not look into the zips.
 */
export async function lambdaDist(topics: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'lean-ops-dist-'));
  for (const name of ['sqs_processor', 'firehose_transform', 'water_balance', 'freshness_sla']) {
    await writeFile(join(folder, `${name}.zip`), name);
  }
  const lines = (await readdir(topics)).sort().map(async (file) => {
    const hash = createHash('sha256').update(await readFile(join(topics, file)));
    return `${file} ${hash.digest('hex')}\n`;
  });
  const hash = createHash('sha256').update((await Promise.all(lines)).join(''));
  await writeFile(join(folder, 'contracts.sha256'), `${hash.digest('hex')}\n`);
  return folder;
}

/** Options that deploy an environment with the contracts in the folder `topics`. */
export async function deployment(environment: string, topics: string): Promise<readonly string[]> {
  return [
    `-var-file=environments/${environment}.tfvars`,
    `-var=topics_dir=${topics}`,
    `-var=lambda_dist=${await lambdaDist(topics)}`,
  ];
}

/**
 * All resources of a deployment, with every value known: policies, ARNs, hashes. Needs the substitute
 * provider.
 */
export async function deployed(environment: string, topics: string): Promise<readonly Resource[]> {
  if (!offline) throw new TypeError(`not found: ${OFFLINE}; an apply that touches no AWS needs it`);
  const { code, stdout, stderr } = await terraform(['dry-run', ...(await deployment(environment, topics))]);
  if (code !== 0) throw new TypeError(`terraform dry-run failed:\n${stderr}`);
  return resourcesOf(JSON.parse(stdout).values.root_module);
}

function resourcesOf(module: Module): readonly Resource[] {
  return [...(module.resources ?? []), ...(module.child_modules ?? []).flatMap(resourcesOf)];
}
