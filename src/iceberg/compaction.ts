import type { DataFile } from './data-file.ts';
import type { ScanFile } from './scan.ts';
import { partitionKey } from './summary.ts';

export interface CompactionLimits {
  /** Bytes that a file should have. */
  readonly targetBytes: bigint;
  /** A partition is packed once it holds this many files, data or deletes, that are not as they should be. */
  readonly minFiles: number;
}

/** Files of one partition that become one file, or a few where they are large. */
export interface CompactionBin {
  readonly files: readonly ScanFile[];
}

/** Below this share of the target a file is small; packing a file that is nearly full again gains nothing. */
const SMALL_NUMERATOR = 3n;
const SMALL_DENOMINATOR = 4n;
/** A file of which this share is deleted costs readers more than it holds. */
const DELETED_SHARE = 0.1;

/**
 * What to write anew: per partition its small files, and those that deletes weigh on. A partition with fewer than
 * `minFiles` of them is left alone, unless it has a file of which a tenth is deleted. Pure.
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

/** Delete files say how many rows they hold, not which files these hit: each sharer is taken to have its part. */
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

/** In the order of the files, first fit: what lies near stays near. */
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
  // One file alone without deletes would be written as it is.
  return bins.filter(
    ({ files: [first, ...more] }) => more.length > 0 || (first !== undefined && first.deletes.length > 0),
  );
}

/** Delete files are shared by the data files that they hit. */
export function distinct(files: readonly DataFile[]): readonly DataFile[] {
  return [...new Map(files.map((file) => [file.path, file])).values()];
}
