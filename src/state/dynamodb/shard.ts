import { hash } from 'node:crypto';

/** 0 ≤ shard < shards; the same text always gives the same shard. */
export function shardOf(text: string, shards: number): number {
  return Number.parseInt(hash('sha256', text, 'hex').slice(0, 8), 16) % shards;
}
