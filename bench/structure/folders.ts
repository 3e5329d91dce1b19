import type { FileFacts } from '../../test/support/source-files.ts';

/** The place of a file: its folder and the folder below. Files directly in a folder are in ROOT. */
export interface Place {
  readonly folder: string;
  readonly subfolder: string;
}

export interface FolderSize extends Place {
  readonly files: number;
  readonly lines: number;
}

const ROOT = '(root)';

/** `src/embedded/ingest/scan.ts` is in `src/embedded`, `ingest`; `test/embedded/x.test.ts` is in `test`, `embedded`. */
export function placeOf(path: string): Place {
  const folders = path.split('/').slice(0, -1);
  const depth = folders[0] === 'src' ? 2 : 1;
  return { folder: folders.slice(0, depth).join('/'), subfolder: folders[depth] ?? ROOT };
}

/** The file is part of what runs in production. */
export function isCode(file: FileFacts): boolean {
  return file.path.startsWith('src/') || file.path.startsWith('lambda/');
}

export function isTest(file: FileFacts): boolean {
  return file.path.startsWith('test/');
}

/** One row per subfolder, in the order of their names. */
export function folderSizes(files: readonly FileFacts[]): readonly FolderSize[] {
  const sizes = new Map<string, FolderSize>();
  for (const file of files) {
    const place = placeOf(file.path);
    const key = `${place.folder}/${place.subfolder}`;
    const { files: count, lines } = sizes.get(key) ?? { files: 0, lines: 0 };
    sizes.set(key, { ...place, files: count + 1, lines: lines + file.lines });
  }
  return [...sizes].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, size]) => size);
}
