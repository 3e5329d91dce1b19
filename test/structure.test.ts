import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { suite, test } from 'node:test';
import { fileURLToPath } from 'node:url';
import { type FileFacts, isTestBlock, listFiles, readSourceFiles } from './support/source-files.ts';

const ROOT = dirname(dirname(fileURLToPath(import.meta.url)));
const MAX_FILE_LINES = 500;
const MAX_FUNCTION_LINES = 70;
/** A folder imports from itself and from folders before it in this list, never back. */
const FOLDERS = [
  'errors',
  'base',
  'contract',
  'raw',
  'semantic',
  'sql',
  'iceberg',
  'quality',
  'state',
  'pipeline',
  'duckdb',
  'embedded',
  'aws',
  'cli',
];
/** Folders that a folder may not import although they come before it. */
const APART: Readonly<Record<string, readonly string[]>> = { aws: ['embedded'], lambda: ['embedded', 'cli'] };
/** What others than TypeScript files call: bin/lean-ops.mjs and `npm run docs`. */
const ENTRIES = new Set(['src/cli/main.ts main']);

/** What one file decides, and the text that another file would have if it decided it too. */
const OWNED = [
  {
    what: 'spells the labels of snapshots',
    pattern: /\blean-ops\.(?!(?:yaml|db|fish)\b)[a-z$]/,
    owner: 'src/semantic/snapshot-labels.ts',
  },
  {
    what: 'decides that a commit conflict is retried',
    pattern: /=== 'COMMIT_CONFLICT'/,
    owner: 'src/base/retry.ts',
  },
  {
    what: 'reads what a snapshot changed from its summary',
    pattern: /summary\??\.?\[['"`](?:added|deleted|removed)-/,
    owner: 'src/iceberg/snapshot-counters.ts',
  },
] as const;

const files = readSourceFiles(ROOT);
const sources = files.filter((file) => file.path.startsWith('src/'));

suite('the house', () => {
  test('the reader of sources sees them', () => {
    const taxonomy = sources.find((file) => file.path === 'src/errors/taxonomy.ts');
    assert.ok(taxonomy?.exports.some((fact) => fact.name === 'ERRORS'));
    const error = sources.find((file) => file.path === 'src/errors/error.ts');
    assert.deepEqual(
      error?.imports.map((found) => found.from),
      ['src/errors/spec.ts', 'src/errors/taxonomy.ts'],
    );
  });

  test('a folder imports from itself and from folders before it', () => {
    assert.deepEqual(files.flatMap(importsBackwards), []);
  });

  test('the subfolders of a folder have an order too', () => {
    assert.deepEqual(FOLDERS.flatMap(subfolderCycles), []);
  });

  test('pipeline decides without a file system and without an engine', () => {
    const effects = /^node:(fs|child_process|net|http|worker_threads)|^@duckdb|^@aws-sdk/;
    const found = sources
      .filter((file) => file.path.startsWith('src/pipeline/'))
      .flatMap((file) =>
        file.imports
          .filter(({ from }) => effects.test(from))
          .map(({ from }) => `${file.path} imports ${from}`),
      );
    assert.deepEqual(found, []);
  });

  for (const { what, pattern, owner } of OWNED) {
    test(`only ${owner} ${what}`, () => {
      const found = files
        .filter(({ path }) => /^(?:src|lambda)\//.test(path) && path !== owner)
        .flatMap(({ path, text }) =>
          text
            .split('\n')
            .flatMap((line, index) => (pattern.test(line) ? [`${path}:${index + 1} ${line.trim()}`] : [])),
        );
      assert.deepEqual(found, []);
    });
  }

  test('no import cycle', () => {
    assert.deepEqual(cycles(sources), []);
  });

  test(`no file has more than ${MAX_FILE_LINES} lines`, () => {
    const others = [...listFiles(ROOT, 'bin'), ...listFiles(ROOT, 'examples')].filter((path) =>
      path.endsWith('.mjs'),
    );
    const long = [
      ...files.map((file) => [file.path, file.lines] as const),
      ...others.map((path) => [path, read(path).split('\n').length - 1] as const),
    ].filter(([, lines]) => lines > MAX_FILE_LINES);
    assert.deepEqual(long, []);
  });

  test(`no function has more than ${MAX_FUNCTION_LINES} lines`, () => {
    const long = files.flatMap((file) =>
      file.functions
        .filter((fact) => fact.lines > MAX_FUNCTION_LINES && !isTestBlock(file, fact))
        .map((fact) => `${file.path}:${fact.line} ${fact.name} (${fact.lines} lines)`),
    );
    assert.deepEqual(long, []);
  });

  test('no `any`', () => {
    assert.deepEqual(
      files.flatMap((file) => file.anyLines.map((line) => `${file.path}:${line}`)),
      [],
    );
  });

  test('no unused export', () => {
    assert.deepEqual(unusedExports(files), []);
  });

  test('no machine path, and no sources outside the folders', () => {
    const folders = ['src', 'test', 'bench', 'bin', 'docs', 'examples', '.ci'].filter((folder) =>
      exists(folder),
    );
    const texts = folders.flatMap((folder) => listFiles(ROOT, folder));
    const top = [
      'README.md',
      'ARCHITECTURE.md',
      'CONTRIBUTING.md',
      'CHANGELOG.md',
      'package.json',
      'package-lock.json',
    ];
    const machinePath = /(?<![\w.-])\/(?:work|root|home|Users)\/\w/;
    const named = [...texts, ...top.filter((file) => exists(file))].filter((path) =>
      machinePath.test(read(path)),
    );
    // This file holds the pattern, not a path.
    assert.deepEqual(
      named.filter((path) => path !== 'test/structure.test.ts'),
      [],
    );
    assert.deepEqual(
      sources.filter((file) => folderOf(file.path) === -1).map((file) => file.path),
      [],
    );
  });

  test('the lockfile names no download address', () => {
    assert.deepEqual(read('package-lock.json').match(/"resolved":.*/g) ?? [], []);
  });
});

function read(path: string): string {
  return readFileSync(join(ROOT, path), 'utf8');
}

function exists(path: string): boolean {
  return listFiles(ROOT, '').some((file) => file === path || file.startsWith(`${path}/`));
}

function folderOf(path: string): number {
  return FOLDERS.indexOf(path.split('/')[1] ?? '');
}

function importsBackwards(file: FileFacts): readonly string[] {
  const folder = file.path.split('/')[file.path.startsWith('src/') ? 1 : 0] ?? '';
  const apart = APART[folder] ?? [];
  return file.imports
    .filter(({ from }) => from.startsWith('src/'))
    .filter(({ from }) => {
      const isBack = file.path.startsWith('src/') && folderOf(from) > folderOf(file.path);
      return isBack || apart.includes(from.split('/')[1] ?? '');
    })
    .map((found) => `${file.path}:${found.line} imports ${found.from}`);
}

/** A folder's subfolders that import each other in a circle. Files directly in the folder count as one subfolder, `.`. */
function subfolderCycles(folder: string): readonly string[] {
  const within = `src/${folder}/`;
  const subfolderOf = (path: string): string => {
    const parts = path.slice(within.length).split('/');
    return parts.length > 1 ? (parts[0] ?? '') : '.';
  };
  const edges = new Map<string, Set<string>>();
  for (const file of sources.filter(({ path }) => path.startsWith(within))) {
    const from = subfolderOf(file.path);
    const to = file.imports
      .filter((found) => found.from.startsWith(within))
      .map((found) => subfolderOf(found.from));
    const known = edges.get(from) ?? new Set();
    for (const each of to) if (each !== from) known.add(each);
    edges.set(from, known);
  }
  return circles(edges).map((circle) => `${folder}: ${circle}`);
}

function cycles(all: readonly FileFacts[]): readonly string[] {
  return circles(new Map(all.map((file) => [file.path, file.imports.map((found) => found.from)])));
}

/** Each circle of a graph once, as the path that leads back to its first node. */
function circles(next: ReadonlyMap<string, Iterable<string>>): readonly string[] {
  const done = new Set<string>();
  const found: string[] = [];
  const walk = (node: string, trail: readonly string[]): void => {
    const at = trail.indexOf(node);
    if (at !== -1) {
      found.push([...trail.slice(at), node].join(' → '));
      return;
    }
    if (done.has(node)) return;
    for (const target of next.get(node) ?? []) walk(target, [...trail, node]);
    done.add(node);
  };
  for (const node of next.keys()) walk(node, []);
  return found;
}

/**
 * An export counts as used when another file takes its name. A type may also be exported for
 * the signatures of its own file, so one that its file mentions again is used.
 */
function unusedExports(all: readonly FileFacts[]): readonly string[] {
  const taken = new Map<string, Set<string>>();
  for (const file of all) {
    for (const found of file.imports) {
      const names = taken.get(found.from) ?? new Set();
      for (const name of found.names) names.add(name);
      taken.set(found.from, names);
    }
  }
  return all
    .filter((file) => file.path.startsWith('src/'))
    .flatMap((file) =>
      file.exports
        .filter((fact) => {
          const names = taken.get(file.path);
          if (names?.has(fact.name) || names?.has('*') || ENTRIES.has(`${file.path} ${fact.name}`))
            return false;
          return !(fact.kind === 'type' && (file.identifiers.get(fact.name) ?? 0) > 1);
        })
        .map((fact) => `${file.path}:${fact.line} ${fact.name}`),
    );
}
