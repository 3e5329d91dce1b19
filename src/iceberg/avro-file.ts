import zlib from 'node:zlib';
import avro from 'avsc';
import { LeanOpsError } from '../errors/error.ts';

/** Avro object container files (Avro 1.11: Object Container Files), read and written as a whole because manifests are small. */

const MAGIC = Buffer.from('Obj\x01', 'latin1');
const SYNC_BYTES = 16;
/** Rows of one block. Readers hold one block in memory. */
const BLOCK_ROWS = 4096;

/** An Avro schema, with attributes such as field-id that only Iceberg reads. */
export type AvroSchema = string | AvroSchema[] | { readonly [key: string]: unknown };

export interface AvroFile {
  /** The header's metadata as text: avro.schema, partition-spec-id, … */
  readonly metadata: ReadonlyMap<string, string>;
  readonly rows: readonly unknown[];
}

/** 64-bit values as bigint: Avro's default decoder rounds them. */
const LONG = avro.types.LongType.__with({
  fromBuffer: (bytes: Buffer) => bytes.readBigInt64LE(),
  toBuffer: (value: bigint) => {
    const bytes = Buffer.alloc(8);
    bytes.writeBigInt64LE(value);
    return bytes;
  },
  fromJSON: BigInt,
  toJSON: Number,
  isValid: (value: unknown) => typeof value === 'bigint',
  compare: (left: bigint, right: bigint) => (left === right ? 0 : left < right ? -1 : 1),
});

const HEADER = avro.Type.forSchema({
  type: 'record',
  name: 'header',
  fields: [
    { name: 'magic', type: { type: 'fixed', name: 'magic', size: MAGIC.length } },
    { name: 'meta', type: { type: 'map', values: 'bytes' } },
    { name: 'sync', type: { type: 'fixed', name: 'sync', size: SYNC_BYTES } },
  ],
});

const typeCache = new Map<string, avro.Type>();

/** Compiled types, because compiling is slow and there are few: one for each partition spec. */
function avroType(schemaText: string): avro.Type {
  const known = typeCache.get(schemaText);
  if (known !== undefined) return known;
  const type = avro.Type.forSchema(JSON.parse(schemaText), { typeHook: exactLong });
  typeCache.set(schemaText, type);
  return type;
}

/** Both forms of a long: 'long', and the object with a logical type such as timestamp-micros. */
function exactLong(schema: unknown): avro.Type | undefined {
  const type = typeof schema === 'object' && schema !== null && 'type' in schema ? schema.type : schema;
  return type === 'long' ? LONG : undefined;
}

/** The bytes of an Avro file. `sync` separates its blocks: 16 bytes that must not occur in them, so they should be random. */
export function encodeAvroFile(
  schema: AvroSchema,
  metadata: ReadonlyMap<string, string>,
  rows: readonly unknown[],
  sync: Uint8Array,
): Uint8Array {
  const schemaText = JSON.stringify(schema);
  const type = avroType(schemaText);
  const meta = new Map([...metadata, ['avro.schema', schemaText], ['avro.codec', 'deflate']]);
  const entries = [...meta].map(([key, value]) => [key, Buffer.from(value, 'utf8')]);
  const parts = [
    HEADER.toBuffer({ magic: MAGIC, meta: Object.fromEntries(entries), sync: Buffer.from(sync) }),
  ];
  for (let start = 0; start < rows.length; start += BLOCK_ROWS) {
    const block = rows.slice(start, start + BLOCK_ROWS);
    const body = zlib.deflateRawSync(Buffer.concat(block.map((row) => type.toBuffer(row))));
    parts.push(
      LONG.toBuffer(BigInt(block.length)),
      LONG.toBuffer(BigInt(body.length)),
      body,
      Buffer.from(sync),
    );
  }
  return Buffer.concat(parts);
}

/** Throws METADATA_INVALID_FILE if the bytes are not a whole Avro file, TABLE_UNSUPPORTED if its codec is unknown. */
export function decodeAvroFile(bytes: Uint8Array, location: string): AvroFile {
  try {
    return decode(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength), location);
  } catch (cause) {
    if (cause instanceof LeanOpsError) throw cause;
    throw damaged(location, 'the file cannot be decoded', cause);
  }
}

function decode(bytes: Buffer, location: string): AvroFile {
  const header: unknown = HEADER.decode(bytes, 0);
  const { value, offset } = header as {
    value?: { magic: Buffer; meta: Record<string, Buffer>; sync: Buffer };
    offset: number;
  };
  if (value === undefined || !value.magic.equals(MAGIC))
    throw damaged(location, 'the file has no Avro header');
  const metadata = new Map(Object.entries(value.meta).map(([key, text]) => [key, text.toString('utf8')]));
  const type = avroType(metadata.get('avro.schema') ?? '');
  const rows: unknown[] = [];
  let at = offset;
  while (at < bytes.length) {
    const count = readLong(bytes, at, location);
    const size = readLong(bytes, count.end, location);
    const end = size.end + size.value;
    if (!bytes.subarray(end, end + SYNC_BYTES).equals(value.sync))
      throw damaged(location, 'a block is cut or damaged');
    const body = decompress(bytes.subarray(size.end, end), metadata.get('avro.codec') ?? 'null', location);
    decodeRows(type, body, count.value, rows, location);
    at = end + SYNC_BYTES;
  }
  return { metadata, rows };
}

function decodeRows(type: avro.Type, body: Buffer, count: number, rows: unknown[], location: string): void {
  let at = 0;
  for (let index = 0; index < count; index += 1) {
    const row: unknown = type.decode(body, at);
    const { value, offset } = row as { value?: unknown; offset: number };
    if (offset < 0) throw damaged(location, 'a row is cut');
    rows.push(value);
    at = offset;
  }
}

function readLong(
  bytes: Buffer,
  at: number,
  location: string,
): { readonly value: number; readonly end: number } {
  const decoded: unknown = LONG.decode(bytes, at);
  const { value, offset } = decoded as { value?: bigint; offset: number };
  if (value === undefined || offset < 0 || value < 0n) throw damaged(location, 'a block has no length');
  return { value: Number(value), end: offset };
}

function decompress(body: Buffer, codec: string, location: string): Buffer {
  switch (codec) {
    case 'null':
      return body;
    case 'deflate':
      return zlib.inflateRawSync(body);
    case 'zstandard':
      return zlib.zstdDecompressSync(body);
    default:
      throw new LeanOpsError('TABLE_UNSUPPORTED', {
        operation: 'reading a manifest',
        detail: `Avro codec ${codec}`,
        file: location,
      });
  }
}

function damaged(location: string, detail: string, cause?: unknown): LeanOpsError {
  return new LeanOpsError('METADATA_INVALID_FILE', {
    operation: 'reading a manifest',
    detail,
    file: location,
    cause,
  });
}
