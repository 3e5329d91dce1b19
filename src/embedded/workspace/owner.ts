import { createHash, randomBytes } from 'node:crypto';
import { readFileSync, readlinkSync } from 'node:fs';
import { hostname } from 'node:os';
import { isErrno } from '../../base/errno.ts';

/** The name of one opening of a workspace: `<machine>.<pid>.<start>.<nonce>`, safe as a file name. */
export function ownerName(): string {
  return [machine(), process.pid, processStart(process.pid) ?? '0', randomBytes(4).toString('hex')].join('.');
}

/**
 * True if the owner's process has provably ended: it ran on this machine, since this boot and in this process
 * namespace, and its pid is free or belongs to a process that started later.
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
    // A killed process that its parent has not waited for yet.
    return statFields(pid)[0] !== 'Z';
  } catch (error) {
    // EPERM: the process runs under another user.
    return !isErrno(error, 'ESRCH');
  }
}

/** Differs for each boot and container, so that equal pids in two of them are not mistaken for one process. */
function machine(): string {
  const parts = [hostname(), fromProc(() => readFileSync('/proc/sys/kernel/random/boot_id', 'utf8'))];
  parts.push(fromProc(() => readlinkSync('/proc/self/ns/pid')));
  return createHash('sha256').update(parts.join('\n')).digest('hex').slice(0, 12);
}

/** The start of a process in clock ticks since boot; null if the system does not say. */
function processStart(pid: number): string | null {
  return statFields(pid)[19] ?? null;
}

/** /proc/<pid>/stat from the third field on (proc(5)). The second field, the command in parentheses, can contain spaces. */
function statFields(pid: number): readonly string[] {
  const stat = fromProc(() => readFileSync(`/proc/${pid}/stat`, 'utf8'));
  return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
}

/** Empty if the file does not exist: only Linux has /proc, and a process can end at any time. */
function fromProc(read: () => string): string {
  try {
    return read();
  } catch (error) {
    if (isErrno(error, 'ENOENT', 'ESRCH', 'EACCES', 'EPERM', 'EINVAL')) return '';
    throw error;
  }
}
