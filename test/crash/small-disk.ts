import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Runs a mount command; false where this user or container may not. */
function mounts(...argv: readonly string[]): boolean {
  return spawnSync('mount', argv, { stdio: 'ignore' }).status === 0;
}

/** A file system of its own in memory, at `folder`; null where nothing can be mounted here. */
export function smallDisk(folder: string, size: string): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  if (!mounts('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)) return null;
  return {
    remount: (options) => {
      if (!mounts('-o', `remount,${options}`, folder)) throw new Error(`cannot remount ${folder} ${options}`);
    },
    remove: () => {
      // Lazily: a moment after its end, a process's files may still count as open.
      spawnSync('umount', ['--lazy', folder]);
    },
  };
}

export interface SmallDisk {
  /** `size=64m`, `ro`, `rw`. */
  readonly remount: (options: string) => void;
  readonly remove: () => void;
}
