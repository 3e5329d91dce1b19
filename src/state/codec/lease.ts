import type { Micros } from '../../base/time.ts';
import { type Codec, recordCodec } from './codec.ts';
import { LONG, TEXT } from './fields.ts';
import { object, optional } from './schema.ts';

/** The last lease of a scope. */
export interface Lock {
  /** null once the lease was released; the lock stays, because its token must not be issued twice. */
  readonly owner: string | null;
  readonly expiresAt: Micros;
  readonly token: bigint;
}

export const LOCK: Codec<Lock> = recordCodec(
  object({ owner: optional(TEXT), expires_at: LONG, fencing_token: LONG }),
  (fields) => ({ owner: fields.owner, expiresAt: fields.expires_at, token: fields.fencing_token }),
  (lock) => ({ owner: lock.owner, expires_at: lock.expiresAt, fencing_token: lock.token }),
);
