import type { FileFacts } from '../../test/support/source-files.ts';
import { placeOf } from './folders.ts';

/** How many pairs of files make up an edge: a file of `from` imports a file of `to`. */
export interface Edge {
  readonly from: string;
  readonly to: string;
  readonly imports: number;
}

export interface Mutual {
  readonly left: string;
  readonly right: string;
  readonly leftImportsRight: number;
  readonly rightImportsLeft: number;
}

export interface ImportFigures {
  /** Pairs of files, each counted once however many statements join them. */
  readonly total: number;
  readonly betweenFolders: readonly Edge[];
  /** Between subfolders of one folder. */
  readonly betweenSubfolders: readonly Edge[];
  readonly mutualFolders: readonly Mutual[];
  readonly mutualSubfolders: readonly Mutual[];
  /** Groups of subfolders of one folder that all reach each other. */
  readonly cyclicSubfolders: readonly (readonly string[])[];
}

/** Counts imports between the given files; imports of other files are left out. */
export function measureImports(files: readonly FileFacts[]): ImportFigures {
  const known = new Set(files.map((file) => file.path));
  const pairs = files.flatMap((file) =>
    [...new Set(file.imports.map((found) => found.from))]
      .filter((target) => known.has(target))
      .map((target) => [file.path, target] as const),
  );
  const folders = pairs.map(([from, to]) => [placeOf(from).folder, placeOf(to).folder] as const);
  const subfolders = pairs
    .filter(([from, to]) => placeOf(from).folder === placeOf(to).folder)
    .map(([from, to]) => [subfolderOf(from), subfolderOf(to)] as const);
  const betweenFolders = edges(folders);
  const betweenSubfolders = edges(subfolders);
  return {
    total: pairs.length,
    betweenFolders,
    betweenSubfolders,
    mutualFolders: mutual(betweenFolders),
    mutualSubfolders: mutual(betweenSubfolders),
    cyclicSubfolders: cyclicGroups(betweenSubfolders),
  };
}

function subfolderOf(path: string): string {
  const { folder, subfolder } = placeOf(path);
  return `${folder}/${subfolder}`;
}

function edges(pairs: readonly (readonly [string, string])[]): readonly Edge[] {
  const counts = new Map<string, Edge>();
  for (const [from, to] of pairs.filter(([left, right]) => left !== right)) {
    const key = `${from} ${to}`;
    counts.set(key, { from, to, imports: (counts.get(key)?.imports ?? 0) + 1 });
  }
  return [...counts].sort(([left], [right]) => (left < right ? -1 : 1)).map(([, edge]) => edge);
}

function mutual(all: readonly Edge[]): readonly Mutual[] {
  return all.flatMap((edge) => {
    const back = all.find((other) => other.from === edge.to && other.to === edge.from);
    if (back === undefined || edge.from > edge.to) return [];
    return [
      {
        left: edge.from,
        right: edge.to,
        leftImportsRight: edge.imports,
        rightImportsLeft: back.imports,
      },
    ];
  });
}

function cyclicGroups(all: readonly Edge[]): readonly (readonly string[])[] {
  const names = [...new Set(all.flatMap((edge) => [edge.from, edge.to]))].sort();
  const reached = new Map(names.map((name) => [name, reachableFrom(name, all)]));
  const reach = (from: string, to: string): boolean => reached.get(from)?.has(to) === true;
  const groups = names
    .filter((name) => reach(name, name))
    .map((name) => names.filter((other) => reach(name, other) && reach(other, name)));
  // Each member of a group yields the same group; the first stands for all.
  return groups.filter(
    (group, at) => groups.findIndex((other) => other.join(' ') === group.join(' ')) === at,
  );
}

function reachableFrom(start: string, all: readonly Edge[]): ReadonlySet<string> {
  const reached = new Set<string>();
  const next = [start];
  for (let name = next.pop(); name !== undefined; name = next.pop()) {
    for (const { to } of all.filter((edge) => edge.from === name && !reached.has(edge.to))) {
      reached.add(to);
      next.push(to);
    }
  }
  return reached;
}
