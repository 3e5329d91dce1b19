import { stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import type { Micros } from '../../base/time.ts';
import { readContracts } from '../../contract/contract-folder.ts';
import { remedyFor } from '../../errors/remedy.ts';
import type { Lease, LeaseScope } from '../../state/lease.ts';
import { type Check, checked, failed, ok, warning } from './check.ts';
import { isOwnerDead } from './owner.ts';
import type { Workspace } from './workspace.ts';

/** Permission bits of group and others. */
const OTHERS = 0o077;

/** Checks of an open workspace, except those of its tables. */
export async function workspaceChecks(workspace: Workspace): Promise<readonly Check[]> {
  return [
    await checkModes(workspace),
    await checkClock(workspace),
    await checked('configuration', async () => {
      await workspace.config();
      return ok('configuration', workspace.paths.config);
    }),
    await checkContracts(workspace),
    await checked('masking key', () => checkKey(workspace)),
    await checkLocks(workspace),
    await checkWork(workspace),
    await checkFormat(workspace),
    await checkStore(workspace),
  ];
}

/** The data folder contains unmasked payloads, so only its owner may read it. */
async function checkModes(workspace: Workspace): Promise<Check> {
  const { data, database, maskingKey, secrets } = workspace.paths;
  const open: string[] = [];
  for (const path of [data, database, secrets, maskingKey]) {
    const mode = await modeOf(path);
    if (mode !== null && (mode & OTHERS) !== 0) open.push(path);
  }
  if (open.length === 0) return ok('permissions', 'only the owner can read data and secrets');
  return failed(
    'permissions',
    `others can read ${open.join(', ')}`,
    `Run \`chmod -R go= ${open.join(' ')}\`.`,
  );
}

async function modeOf(path: string): Promise<number | null> {
  try {
    return (await stat(path)).mode;
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

async function checkClock(workspace: Workspace): Promise<Check> {
  const moments = (await workspace.store.checkpoints()).flatMap(({ completedAt, checkedAt }) => [
    completedAt,
    checkedAt,
  ]);
  const newest = moments.reduce<Micros>((last, each) => (each !== null && each > last ? each : last), 0n);
  const behind = newest - workspace.clock();
  if (behind <= 0n) return ok('clock', 'not behind the last run');
  const remedy = 'Correct the clock. Until then, ages and reception times are wrong.';
  return warning('clock', `${behind / 1_000_000n} s behind the last run`, remedy);
}

async function checkContracts(workspace: Workspace): Promise<Check> {
  const { topics, problems, warnings } = await readContracts(workspace.paths.topics);
  const detail = `${topics.length} valid, ${problems.length} problems, ${warnings.length} warnings`;
  const remedy = 'Run `lean-ops validate` to see each problem with its line.';
  if (problems.length > 0) return failed('contracts', detail, remedy);
  return warnings.length > 0 ? warning('contracts', detail, remedy) : ok('contracts', detail);
}

async function checkKey(workspace: Workspace): Promise<Check> {
  const key = await workspace.maskingKey();
  const { topics } = await readContracts(workspace.paths.topics);
  const needed = topics.filter(({ columns }) => columns.some(({ masking }) => masking?.kind === 'hash'));
  const written = (await workspace.store.checkpoints()).filter(
    ({ maskingKeyFingerprint }) =>
      maskingKeyFingerprint !== null && maskingKeyFingerprint !== key?.fingerprint,
  );
  if (written.length > 0) {
    const names = written.map(({ topic }) => topic).join(', ');
    const rebuilds = written.map(({ topic }) => `\`lean-ops rebuild ${topic}\``).join(', ');
    const remedy = `Restore the key that the tables were written with, or run ${rebuilds}.`;
    return failed('masking key', `${names}: written with a different masking key`, remedy);
  }
  if (key !== null) return ok('masking key', `fingerprint ${key.fingerprint}`);
  if (needed.length === 0) return ok('masking key', 'not set, and no contract needs it');
  return failed(
    'masking key',
    `not set, but ${needed.map(({ topic }) => topic).join(', ')} masks by hash`,
    remedyFor('MASKING_KEY_MISSING', 'embedded'),
  );
}

async function checkLocks(workspace: Workspace): Promise<Check> {
  const topics = new Set((await workspace.store.checkpoints()).map(({ topic }) => topic));
  for (const topic of await workspace.topicNames()) topics.add(topic);
  const scopes = [...topics].flatMap((topic): LeaseScope[] => [
    { topic, work: 'ingest' },
    { topic, work: 'semantic' },
  ]);
  const held: Lease[] = [];
  for (const scope of scopes) {
    const lease = await workspace.store.leaseHolder(scope);
    if (lease !== null && lease.expiresAt > workspace.clock() && !isOwnerDead(lease.owner)) held.push(lease);
  }
  if (held.length === 0) return ok('locks', 'no run holds a lease');
  const words = held.map(
    ({ scope, owner }) => `${scope.work} of ${scope.topic} by process ${owner.split('.')[1]}`,
  );
  return ok('locks', `held: ${words.join(', ')}`);
}

/** Checks if an upgrade left topics that need a rebuild. */
async function checkFormat(workspace: Workspace): Promise<Check> {
  const { format, release, topicsToRebuild } = await workspace.store.storedFormat();
  if (topicsToRebuild.length === 0) return ok('format', `format ${format}, written by Lean-Ops ${release}`);
  const remedy = `Run ${topicsToRebuild.map((topic) => `\`lean-ops rebuild ${topic}\``).join(', ')}.`;
  return failed(
    'format',
    `the tables of ${topicsToRebuild.join(', ')} are older than format ${format}`,
    remedy,
  );
}

async function checkWork(workspace: Workspace): Promise<Check> {
  const works = await workspace.store.openWorks();
  if (works.length === 0) return ok('recovery', 'interrupted runs left nothing behind');
  return ok('recovery', `${works.length} works are open. The next run removes those of dead runs`);
}

async function checkStore(workspace: Workspace): Promise<Check> {
  const findings = await workspace.store.checkIntegrity();
  if (findings.length === 0) return ok('state', 'the database is intact');
  return failed('state', findings.slice(0, 3).join('; '), 'Restore the folder data/ from a backup.');
}
