import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import type { Edit } from './changes.ts';

const ROOT = join(import.meta.dirname, '..', '..');
/** What the tests read; the working tree itself is never touched. */
const PARTS = ['src', 'test', 'examples', 'package.json', 'tsconfig.json'];
/** What a run of the examples leaves. */
const LEFT_OUT = new Set(['data', 'secrets']);

/** A copy of the sources and tests, with the packages of the original. */
export interface Tree {
  readonly folder: string;
  /** For files that tests leave; inside the tree. */
  readonly temporary: string;
  /** Changes a file, runs the task and undoes the change. Throws SyntaxError if the changed file does not parse. */
  readonly with: <T>(file: string, edit: Edit, task: () => Promise<T>) => Promise<T>;
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
  const temporary = join(folder, 'tmp');
  mkdirSync(temporary);
  return {
    folder,
    temporary,
    with: async (file, { start, end, by }, task) => {
      const path = join(folder, file);
      const original = readFileSync(path, 'utf8');
      const mutated = original.slice(0, start) + by + original.slice(end);
      // A change that does not parse would be noticed by any test at all.
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
