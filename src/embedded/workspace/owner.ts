import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isErrno } from '../../base/errno.ts';

/** Names one opening of a workspace: `<machine>.<pid>.<start>.<nonce>`, safe as a file name. */
export function ownerName(): string {
  return [machine(), process.pid, processStart(process.pid) ?? '0', randomBytes(4).toString('hex')].join('.');
}

/**
 * Whether the process behind an owner's name provably runs no more: it ran on this machine, since this boot and in
 * this process namespace, and its pid is free or was given to a process that started later.
 */
export function isOwnerDead(owner: string): boolean {
  const [where, pidText, start] = owner.split('.');
  const pid = Number(pidText);
  if (where !== machine() || !Number.isSafeInteger(pid) || pid <= 0) return false;
  if (!isRunning(pid)) return true;
  const now = processStart(pid);
  return now !== null && start !== '0' && now !== start;
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    // A killed process whose parent has not asked for its end yet.
    return statFields(pid)[0] !== 'Z';
  } catch (error) {
    // EPERM: it runs, under another user.
    return !isErrno(error, 'ESRCH');
  }
}

/** Changes with every boot and container, so that equal pids of two of them are never taken for one process. */
function machine(): string {
  const parts = [hostname(), fromProc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))];
  parts.push(fromProc(() => readlinkSync('/proc/self/ns/pid')));
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}

/** In clock ticks since boot; null where the system does not tell. */
function processStart(pid: number): string | null {
  return statFields(pid)[19] ?? null;
}

/** /proc/<pid>/stat from its third field on (proc(5)); the second, the command in parentheses, may hold spaces. */
function statFields(pid: number): readonly string[] {
  const stat = fromProc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty where there is no such file: /proc is Linux's, and a process may end while it is looked at. */
function fromProc(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return '';
    throw error;
  }
}
