import { createHash } from 'node:crypto';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { PLAN_INPUTS, type Relation } from '../../sql/relation.ts';
import type { Session } from '../engine/session.ts';

/** HMAC's block size for SHA-256 (RFC 2104). */
const BLOCK_BYTES = 64;
const INNER_PAD = 0x36;
const OUTER_PAD = 0x5c;

/** Binds `masking_key`. The key's blocks are bound values, so no SQL text, plan or log holds them. null: no key. */
export async function bindMaskingKey(session: Session, key: MaskingKey | null): Promise<Relation> {
  // Loaded here, when an engine runs already: a topic with nothing new must not wait for the native package.
  const { DuckDBBlobValue } = await import('@duckdb/node-api');
  const blocks = [INNER_PAD, OUTER_PAD].map((pad) =>
    key === null ? null : new DuckDBBlobValue(padded(key.bytes, pad)),
  );
  return session.table(PLAN_INPUTS.maskingKey.name, 'SELECT $1::BLOB AS ipad, $2::BLOB AS opad', blocks);
}

function padded(key: Uint8Array, pad: number): Uint8Array {
  const short = key.length > BLOCK_BYTES ? createHash('sha256').update(key).digest() : key;
  const block = new Uint8Array(BLOCK_BYTES).fill(pad);
  short.forEach((byte, index) => {
    block[index] = byte ^ pad;
  });
  return block;
}
