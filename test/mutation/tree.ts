import { cpSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Mutation } from './mutation.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What the tests read; the working tree itself is never touched. */
const PARTS = ['src', 'test', 'examples', 'package.json', 'tsconfig.json'];
/** What a run of the examples leaves. */
const LEFT_OUT = new Set(['data', 'secrets']);

/** A copy of the sources and tests, with the packages of the original. */
export interface Tree {
  readonly folder: string;
  /** Applies the change, runs the task and undoes the change. Gives null where the list has rotted. */
  readonly with: <T>(file: string, mutation: Mutation, task: () => Promise<T>) => Promise<T | null>;
  readonly remove: () => void;
}

export function copyTree(): Tree {
  const folder = mkdtempSync(join(tmpdir(), 'lean-ops-mutation-'));
  for (const part of PARTS) {
    cpSync(join(ROOT, part), join(folder, part), {
      recursive: true,
      filter: (path) => !LEFT_OUT.has(basename(path)),
    });
  }
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  return {
    folder,
    with: async (file, { find, replace }, task) => {
      const path = join(folder, file);
      const original = readFileSync(path, 'utf8');
      const [before, after, ...more] = original.split(find);
      if (before === undefined || after === undefined || more.length > 0) return null;
      const mutated = before + replace + after;
      // A change that no longer parses would be noticed by any test at all.
      stripTypeScriptTypes(mutated);
      writeFileSync(path, mutated);
      try {
        return await task();
      } finally {
        writeFileSync(path, original);
      }
    },
    remove: () => rmSync(folder, { recursive: true }),
  };
}
