import {
  DeleteObjectCommand,
  GetObjectCommand,
  HeadObjectCommand,
  PutObjectCommand,
  paginateListObjectsV2,
  type S3Client,
} from '@aws-sdk/client-s3';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { FileEntry, FileIO } from '../../iceberg/file-io.ts';
import { errorName } from './error-name.ts';
import { wholeBody } from './whole-body.ts';

interface S3Address {
  readonly Bucket: string;
  readonly Key: string;
}

const URI = /^s3:\/\/([^/]+)\/(.*)$/s;
const MISSING: ReadonlySet<string> = new Set(['NoSuchKey', 'NotFound']);

/** Files in S3. Locations are s3:// URIs, as in table metadata. */
export function s3Files(client: S3Client): FileIO {
  return {
    read: (location) => read(client, location),
    write: (location, bytes) => write(client, location, bytes),
    exists: (location) => exists(client, location),
    remove: (location) => remove(client, location),
    list: (folder) => list(client, folder),
  };
}

/** Bucket and key of an s3:// URI. Throws METADATA_INVALID_FILE for any other text. */
export function s3Address(location: string): S3Address {
  const [, bucket, key] = URI.exec(location) ?? [];
  if (bucket !== undefined && key !== undefined) return { Bucket: bucket, Key: key };
  throw new LeanOpsError('METADATA_INVALID_FILE', {
    operation: 'opening a file',
    detail: 'its location is not an s3:// URI',
    file: location,
  });
}

async function read(client: S3Client, location: string): Promise<Uint8Array> {
  try {
    return await wholeBody(async () => {
      const { Body } = await client.send(new GetObjectCommand(s3Address(location)));
      return (await Body?.transformToByteArray()) ?? new Uint8Array();
    });
  } catch (cause) {
    if (!MISSING.has(errorName(cause) ?? '')) throw awsError(`reading ${location}`, cause);
    throw new LeanOpsError('METADATA_INVALID_FILE', {
      operation: 'reading a file',
      detail: 'the file is missing',
      file: location,
      cause,
    });
  }
}

/**
 * S3 refuses a second object under one key (If-None-Match). If the answer of a put is lost, the SDK repeats the put and S3
 * refuses it: then the stored object is compared with our bytes.
 */
async function write(client: S3Client, location: string, bytes: Uint8Array): Promise<void> {
  try {
    await client.send(new PutObjectCommand({ ...s3Address(location), Body: bytes, IfNoneMatch: '*' }));
  } catch (cause) {
    if (errorName(cause) !== 'PreconditionFailed') throw awsError(`writing ${location}`, cause);
    const stored = await read(client, location);
    if (Buffer.compare(stored, bytes) === 0) return;
    throw new LeanOpsError('INTERNAL', {
      operation: 'writing a file',
      detail: 'the file exists with other content',
      file: location,
      cause,
    });
  }
}

async function exists(client: S3Client, location: string): Promise<boolean> {
  try {
    await client.send(new HeadObjectCommand(s3Address(location)));
    return true;
  } catch (cause) {
    if (MISSING.has(errorName(cause) ?? '')) return false;
    throw awsError(`looking for ${location}`, cause);
  }
}

async function remove(client: S3Client, location: string): Promise<void> {
  try {
    await client.send(new DeleteObjectCommand(s3Address(location)));
  } catch (cause) {
    throw awsError(`removing ${location}`, cause);
  }
}

async function list(client: S3Client, folder: string): Promise<readonly FileEntry[]> {
  const { Bucket, Key } = s3Address(folder.endsWith('/') ? folder : `${folder}/`);
  const files: FileEntry[] = [];
  try {
    for await (const page of paginateListObjectsV2({ client }, { Bucket, Prefix: Key })) {
      for (const object of page.Contents ?? []) {
        files.push({
          location: `s3://${Bucket}/${object.Key}`,
          size: BigInt(object.Size ?? 0),
          modifiedMs: BigInt(object.LastModified?.getTime() ?? 0),
        });
      }
    }
  } catch (cause) {
    throw awsError(`listing ${folder}`, cause);
  }
  return files;
}
