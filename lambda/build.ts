import { createHash } from 'node:crypto';
import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { basename, join, resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { build, type Metafile } from 'esbuild';
import { type Zippable, zipSync } from 'fflate';
import { CONTRACT_SUFFIX } from '../src/contract/file-name.ts';
import { type ContractFile, loadContracts } from '../src/contract/load.ts';
import { LeanOpsError } from '../src/errors/error.ts';

const ROOT = resolve(import.meta.dirname, '..');
const ENTRY = 'handler.ts';
/** CommonJS packages among the dependencies call `require` for Node's own modules. */
const REQUIRE = "import{createRequire as r}from'node:module';const require=r(import.meta.url);";
/** The oldest date of a zip entry, in local time as the format has it: a zip is the same whenever and wherever it is built. */
const ZIP_DATE = new Date(1980, 0, 1);
/** `rw-r--r--` of a regular file. Without it Lambda, which runs the code as another user, could not read the file. */
const UNIX_FILE = { os: 3, attrs: 0o100644 << 16 };

export interface Bundle {
  readonly name: string;
  readonly code: string;
  readonly zip: string;
  readonly metafile: Metafile;
}

/**
 * Bundles each lambda/<name>/handler.ts and the contracts into <out>/<name>.zip: index.mjs and contracts/<topic>.odcs.yaml.
 * The bundle contains the AWS SDK instead of using the runtime's: the tested version runs, and one file starts faster than
 * a tree of modules. Source maps are in <out>/<name>. Throws CONTRACT_INVALID before anything is written.
 */
export async function buildLambdas(topics: string, out: string): Promise<readonly Bundle[]> {
  const contracts = await validContracts(topics);
  const folders = (await readdir(join(ROOT, 'lambda'), { withFileTypes: true }))
    .filter((entry) => entry.isDirectory() && existsSync(join(ROOT, 'lambda', entry.name, ENTRY)))
    .map((entry) => entry.name)
    .sort();
  await rm(out, { recursive: true, force: true });
  const bundles = await Promise.all(folders.map((name) => bundle(name, contracts, out)));
  await writeFile(join(out, 'contracts.sha256'), `${contractsHash(contracts)}\n`);
  return bundles;
}

async function bundle(name: string, contracts: readonly ContractFile[], out: string): Promise<Bundle> {
  const folder = join(out, name);
  const code = join(folder, 'index.mjs');
  const { metafile } = await build({
    absWorkingDir: ROOT,
    entryPoints: [join('lambda', name, ENTRY)],
    outfile: code,
    bundle: true,
    platform: 'node',
    target: 'node24',
    format: 'esm',
    mainFields: ['module', 'main'],
    minify: true,
    sourcemap: 'external',
    legalComments: 'none',
    banner: { js: REQUIRE },
    metafile: true,
    logLevel: 'warning',
  });
  const files: Zippable = { 'index.mjs': [await readFile(code), UNIX_FILE] };
  await mkdir(join(folder, 'contracts'), { recursive: true });
  for (const { file, bytes } of contracts) {
    files[`contracts/${file}`] = [bytes, UNIX_FILE];
    await writeFile(join(folder, 'contracts', file), bytes);
  }
  const zip = join(out, `${name}.zip`);
  await writeFile(zip, zipSync(files, { level: 9, mtime: ZIP_DATE }));
  return { name, code, zip, metafile };
}

async function validContracts(topics: string): Promise<readonly ContractFile[]> {
  const names = (await readdir(topics)).filter((name) => name.endsWith(CONTRACT_SUFFIX)).sort();
  const files = await Promise.all(
    names.map(async (file) => ({ file, bytes: await readFile(join(topics, file)) })),
  );
  const [first, ...others] = loadContracts(files).problems;
  if (first !== undefined) {
    throw new LeanOpsError('CONTRACT_INVALID', {
      operation: `bundling the contracts of ${basename(topics)}`,
      detail: [first, ...others]
        .map(({ file, line, path, problem }) => `${file}:${line} ${path}: ${problem}`)
        .join('; '),
      file: first.file,
      line: first.line,
      remedy: first.remedy,
    });
  }
  return files;
}

/** The hash that main.tf computes over the same folder. Terraform refuses functions that were built with other contracts. */
function contractsHash(contracts: readonly ContractFile[]): string {
  const lines = contracts.map(
    ({ file, bytes }) => `${file} ${createHash('sha256').update(bytes).digest('hex')}\n`,
  );
  return createHash('sha256').update(lines.join('')).digest('hex');
}

if (import.meta.main) {
  const { values } = parseArgs({
    options: {
      topics: { type: 'string', default: 'topics' },
      out: { type: 'string', default: 'dist/lambda' },
    },
  });
  for (const { name, code, zip } of await buildLambdas(resolve(values.topics), resolve(values.out))) {
    const [unzipped, zipped] = [(await readFile(code)).length, (await readFile(zip)).length];
    process.stdout.write(
      `${name}: ${Math.ceil(unzipped / 1024)} KiB, zipped ${Math.ceil(zipped / 1024)} KiB\n`,
    );
  }
}
