import { spawnSync } from 'node:child_process';
import { mkdirSync } from 'node:fs';

/** Runs a mount command. Returns false if this user or container may not mount. */
function mounts(...argv: readonly string[]): boolean {
  return spawnSync('mount', argv, { stdio: 'ignore' }).status === 0;
}

/** Mounts a file system in memory at `folder`. Returns null if nothing can be mounted. */
export function smallDisk(folder: string, size: string): SmallDisk | null {
  mkdirSync(folder, { recursive: true });
  if (!mounts('-t', 'tmpfs', '-o', `size=${size},mode=700`, 'tmpfs', folder)) return null;
  return {
    remount: (options) => {
      if (!mounts('-o', `remount,${options}`, folder)) throw new Error(`cannot remount ${folder} ${options}`);
    },
    remove: () => {
      // Lazily: files of a process may count as open for a moment after its end.
      spawnSync('umount', ['--lazy', folder]);
    },
  };
}

export interface SmallDisk {
  /** `size=64m`, `ro`, `rw`. */
  readonly remount: (options: string) => void;
  readonly remove: () => void;
}
