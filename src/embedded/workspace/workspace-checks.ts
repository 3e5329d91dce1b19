import { stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import type { Micros } from '../../base/time.ts';
import { readContracts } from '../../contract/contract-folder.ts';
import type { Lease, LeaseScope } from '../../state/lease.ts';
import { type Check, checked, failed, ok, warning } from './check.ts';
import { isOwnerDead } from './owner.ts';
import type { Workspace } from './workspace.ts';

/** What group and others may do. */
const OTHERS = 0o077;

/** What must hold of an open workspace beside its tables. */
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

/** Data holds payloads, so it is for its owner only (DESIGN 2.7). */
async function checkModes(workspace: Workspace): Promise<Check> {
  const { data, database, maskingKey, secrets } = workspace.paths;
  const open: string[] = [];
  for (const path of [data, database, secrets, maskingKey]) {
    const mode = await modeOf(path);
    if (mode !== null && (mode & OTHERS) !== 0) open.push(path);
  }
  if (open.length === 0) return ok('permissions', 'data and secrets are for their owner only');
  return failed('permissions', `others may read ${open.join(', ')}`, `Run chmod -R go= ${open.join(' ')}`);
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
  const remedy = 'Set the clock right; until then ages and times of reception mislead.';
  return warning('clock', `it stands ${behind / 1_000_000n} s before the last run`, remedy);
}

async function checkContracts(workspace: Workspace): Promise<Check> {
  const { topics, problems, warnings } = await readContracts(workspace.paths.topics);
  const detail = `${topics.length} sound, ${problems.length} problems, ${warnings.length} warnings`;
  const remedy = 'Run `lean-ops validate`, which shows each with its line.';
  if (problems.length > 0) return failed('contracts', detail, remedy);
  return warnings.length > 0 ? warning('contracts', detail, remedy) : ok('contracts', detail);
}

async function checkKey(workspace: Workspace): Promise<Check> {
  const key = await workspace.maskingKey();
  const { topics } = await readContracts(workspace.paths.topics);
  const needed = topics.filter(({ columns }) => columns.some(({ masking }) => masking?.kind === 'hash'));
  const remedy = 'Restore the key that the tables were written with, or rebuild the topics.';
  const written = (await workspace.store.checkpoints()).filter(
    ({ maskingKeyFingerprint }) =>
      maskingKeyFingerprint !== null && maskingKeyFingerprint !== key?.fingerprint,
  );
  if (written.length > 0) {
    const names = written.map(({ topic }) => topic).join(', ');
    return failed('masking key', `${names}: written with another key than the present one`, remedy);
  }
  if (key !== null) return ok('masking key', `fingerprint ${key.fingerprint}`);
  if (needed.length === 0) return ok('masking key', 'none, and no contract needs one');
  return failed(
    'masking key',
    `none, but ${needed.map(({ topic }) => topic).join(', ')} masks by hash`,
    remedy,
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

/** Whether an upgrade left topics that only a rebuild can continue. */
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
  if (works.length === 0) return ok('recovery', 'nothing is left of runs that died');
  return ok(
    'recovery',
    `${works.length} works are open or left; the next run clears up after those that died`,
  );
}

async function checkStore(workspace: Workspace): Promise<Check> {
  const findings = await workspace.store.checkIntegrity();
  if (findings.length === 0) return ok('state', 'the database is whole');
  return failed('state', findings.slice(0, 3).join('; '), 'Restore data/ from `lean-ops backup`.');
}
