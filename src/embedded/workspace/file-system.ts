import { statfs } from 'node:fs/promises';

/** Linux f_type magic numbers (statfs(2)) of file systems that other machines write too. */
const NETWORK: ReadonlyMap<bigint, string> = new Map([
  [0x6969n, 'NFS'],
  [0x517bn, 'SMB'],
  [0xff534d42n, 'CIFS'],
  [0xfe534d42n, 'SMB2'],
  [0x5346414fn, 'AFS'],
  [0x73757245n, 'Coda'],
  [0xc36400n, 'Ceph'],
  [0xbd00bd0n, 'Lustre'],
  [0x47504653n, 'GPFS'],
  [0x7461636fn, 'OCFS2'],
  [0x1161970n, 'GFS2'],
]);

/** May be local or remote: only a person knows. */
const UNCERTAIN: ReadonlyMap<bigint, string> = new Map([
  [0x65735546n, 'FUSE'],
  [0x1021997n, '9P'],
  [0x786f4256n, 'VirtualBox shared folder'],
]);

export interface FileSystem {
  readonly kind: 'local' | 'network' | 'uncertain';
  readonly name: string;
  readonly freeBytes: bigint;
}

/** SQLite's WAL needs memory that all its processes share, so it works on one machine only (sqlite.org/wal.html). */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const { type, bavail, bsize } = await statfs(folder, { bigint: true });
  const freeBytes = bavail * bsize;
  // f_type is 32 bits wide, and some systems extend its sign.
  const magic = BigInt.asUintN(32, type);
  const linux = process.platform === 'linux';
  const network = linux ? NETWORK.get(magic) : undefined;
  if (network !== undefined) return { kind: 'network', name: network, freeBytes };
  const uncertain = linux ? UNCERTAIN.get(magic) : undefined;
  if (uncertain !== undefined) return { kind: 'uncertain', name: uncertain, freeBytes };
  return { kind: 'local', name: `type 0x${magic.toString(16)}`, freeBytes };
}
