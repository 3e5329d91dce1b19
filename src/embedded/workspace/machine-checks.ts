import { LeanOpsError } from '../../errors/error.ts';
import { type Check, checked, failed, ok, warning } from './check.ts';
import { fileSystemOf } from './file-system.ts';

const LEAST_NODE = 24;
/** With less, one unit of an ingest can fill the disk. */
const LITTLE_BYTES = 1024n ** 3n;
const ALMOST_NONE_BYTES = 100n * 1024n ** 2n;

/** Checks of the machine; they do not need an open workspace. */
export function machineChecks(root: string): Promise<readonly Check[]> {
  return Promise.all([checkNode(), checked('duckdb', checkDuckDb), checkFileSystem(root), checkSpace(root)]);
}

async function checkNode(): Promise<Check> {
  const { node } = process.versions;
  if (Number.parseInt(node, 10) >= LEAST_NODE) return ok('node', `Node.js ${node}`);
  return failed(
    'node',
    `Node.js ${node} is older than ${LEAST_NODE}`,
    'Install Node.js 24, or run npm ci again.',
  );
}

async function checkDuckDb(): Promise<Check> {
  try {
    const { version } = await import('@duckdb/node-api');
    return ok('duckdb', `DuckDB ${version()}`);
  } catch (cause) {
    const detail = `@duckdb/node-api does not load on ${process.platform}-${process.arch}`;
    throw new LeanOpsError('NATIVE_PACKAGE_MISSING', { operation: 'loading DuckDB', detail, cause });
  }
}

async function checkFileSystem(root: string): Promise<Check> {
  const { kind, name } = await fileSystemOf(root);
  const remedy = 'Move the workspace to a local disk.';
  if (kind === 'network')
    return failed(
      'file system',
      `${name} is a network file system, which does not support the locks`,
      remedy,
    );
  if (kind === 'local') return ok('file system', `local (${name})`);
  return warning(
    'file system',
    `${name} can be a network file system, which does not support the locks`,
    remedy,
  );
}

async function checkSpace(root: string): Promise<Check> {
  const { freeBytes } = await fileSystemOf(root);
  const detail = `${freeBytes / 1024n ** 2n} MiB free`;
  if (freeBytes < ALMOST_NONE_BYTES) return failed('disk space', detail, 'Free space before the next run.');
  if (freeBytes < LITTLE_BYTES) return warning('disk space', detail, 'Free space soon.');
  return ok('disk space', detail);
}
