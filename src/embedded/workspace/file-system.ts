import { statfs } from 'node:fs/promises';

/** Linux f_type magic numbers (statfs(2)) of network file systems. */
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

/** File systems that can be local or remote. */
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

/**
 * The kind of file system that holds the folder. SQLite's WAL needs memory shared by all its processes, so a workspace
 * works on a local disk only (sqlite.org/wal.html).
 */
export async function fileSystemOf(folder: string): Promise<FileSystem> {
  const { type, bavail, bsize } = await statfs(folder, { bigint: true });
  const freeBytes = bavail * bsize;
  // f_type has 32 bits, and some systems extend its sign.
  const magic = BigInt.asUintN(32, type);
  const linux = process.platform === 'linux';
  const network = linux ? NETWORK.get(magic) : undefined;
  if (network !== undefined) return { kind: 'network', name: network, freeBytes };
  const uncertain = linux ? UNCERTAIN.get(magic) : undefined;
  if (uncertain !== undefined) return { kind: 'uncertain', name: uncertain, freeBytes };
  return { kind: 'local', name: `type 0x${magic.toString(16)}`, freeBytes };
}
