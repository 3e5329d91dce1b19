import type { DataFile } from './data-file.ts';
import type { ScanFile } from './scan.ts';
import { partitionKey } from './summary.ts';

export interface CompactionLimits {
  /** Size that a file should have, in bytes. */
  readonly targetBytes: bigint;
  /** A partition is packed once it has this many files, data or deletes, that are too small or partly deleted. */
  readonly minFiles: number;
}

/** Files of one partition that become one file, or a few if they are large. */
export interface CompactionBin {
  readonly files: readonly ScanFile[];
}

/** Below this share of the target size a file is small. Packing a file that is nearly full gains nothing. */
const SMALL_NUMERATOR = 3n;
const SMALL_DENOMINATOR = 4n;
/** If this share of a file's rows is deleted, readers spend more on the deletes than on its rows. */
const DELETED_SHARE = 0.1;

/**
 * The files to write again: for each partition its small files and those with deletes. A partition with fewer than
 * `minFiles` of them is left alone, unless a tenth of one of its files is deleted.
 */
export function planCompaction(
  scan: readonly ScanFile[],
  limits: CompactionLimits,
): readonly CompactionBin[] {
  const partitions = Map.groupBy(scan, ({ file }) => partitionKey(file));
  return [...partitions.values()].flatMap((files) => planPartition(files, limits));
}

function planPartition(
  files: readonly ScanFile[],
  { targetBytes, minFiles }: CompactionLimits,
): readonly CompactionBin[] {
  const isSmall = ({ file }: ScanFile): boolean =>
    file.fileSize * SMALL_DENOMINATOR < targetBytes * SMALL_NUMERATOR;
  const small = files.filter(isSmall);
  const hit = files.filter(({ deletes }) => deletes.length > 0);
  const sharers = countBy(hit.flatMap((each) => each.deletes.map(({ path }) => path)));
  const heavy = hit.filter((each) => isHeavy(each, sharers));
  const deletes = distinct(hit.flatMap((each) => each.deletes));
  const packs = small.length >= minFiles || (small.length > 1 && small.length + deletes.length >= minFiles);
  const applies = deletes.length >= minFiles;
  const chosen = files.filter(
    (each) => heavy.includes(each) || (applies && each.deletes.length > 0) || (packs && small.includes(each)),
  );
  return binsOf(chosen, targetBytes);
}

/** A delete file states its number of positions, but not their data files. So they are divided equally. */
function isHeavy({ file, deletes }: ScanFile, sharers: ReadonlyMap<string, number>): boolean {
  const rows = deletes.reduce(
    (sum, each) => sum + Number(each.recordCount) / (sharers.get(each.path) ?? 1),
    0,
  );
  return rows >= Number(file.recordCount) * DELETED_SHARE;
}

function countBy(paths: readonly string[]): ReadonlyMap<string, number> {
  const counts = new Map<string, number>();
  for (const path of paths) counts.set(path, (counts.get(path) ?? 0) + 1);
  return counts;
}

/** First fit, in the order of the files, so that neighbouring rows stay together. */
function binsOf(files: readonly ScanFile[], targetBytes: bigint): readonly CompactionBin[] {
  const bins: { files: ScanFile[]; bytes: bigint }[] = [];
  for (const each of files) {
    const bin = bins.find(({ bytes }) => bytes + each.file.fileSize <= targetBytes);
    if (bin === undefined) bins.push({ files: [each], bytes: each.file.fileSize });
    else {
      bin.files.push(each);
      bin.bytes += each.file.fileSize;
    }
  }
  // A single file without deletes would only be copied.
  return bins.filter(
    ({ files: [first, ...more] }) => more.length > 0 || (first !== undefined && first.deletes.length > 0),
  );
}

/** The files without repetitions, by path. Several data files can share one delete file. */
export function distinct(files: readonly DataFile[]): readonly DataFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}
