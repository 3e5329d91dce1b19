import { readFile, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { MIB } from '../../base/bytes.ts';
import type { PathSegment, Topic } from '../../contract/model.ts';
import { type AskedKey, hmac, isHashed } from '../../duckdb/explain/asked-key.ts';
import type { MaskingKey } from '../../pipeline/masking-key.ts';
import { type Plan, planOf } from '../../semantic/plan.ts';
import type { DeadLetterBody } from '../../state/dead-letter.ts';
import type { Workspace } from '../workspace/workspace.ts';

/** The dead letters of a topic that belong to a key. */
export interface MatchedLetters {
  readonly ids: readonly string[];
  /** Letters in which no key can be read. They can belong to any key. */
  readonly unreadable: readonly string[];
}

const PAGE = 1000;
/** Larger bodies are not searched: no record can contain a message of this size. Bytes. */
const MAX_BODY_BYTES = 64 * MIB;
/** Members in which envelopes carry the payload. SNS carries it as a string. */
const PAYLOADS = ['payload', 'data', 'detail', 'Message'];
const IDEMPOTENCY_PATHS: readonly (readonly PathSegment[])[] = [
  [
    { kind: 'key', key: '_metadata' },
    { kind: 'key', key: 'idempotencyKeyResource' },
  ],
  [{ kind: 'key', key: 'idempotency_key' }],
];

/** Reads every dead letter of the topic, with any status. */
export async function matchingLetters(
  workspace: Workspace,
  topic: Topic,
  asked: AskedKey,
  masking: MaskingKey,
): Promise<MatchedLetters> {
  const ids: string[] = [];
  const unreadable: string[] = [];
  const plan = planOf(topic);
  for (let after: string | null = null; ; ) {
    const page = await workspace.store.deadLetters({ topic: topic.topic }, PAGE, after);
    for (const { id } of page.items) {
      const found = await workspace.store.deadLetter(id);
      const text = found === null ? null : await bodyText(workspace, found.body);
      const keys = text === null ? [] : keysIn(topic, plan, text);
      if (keys.length === 0) unreadable.push(id);
      else if (keys.some((parts) => isAsked(plan, parts, asked, masking))) ids.push(id);
    }
    if (page.next === null) return { ids, unreadable };
    after = page.next;
  }
}

async function bodyText(workspace: Workspace, body: DeadLetterBody): Promise<string | null> {
  if (body.kind === 'inline') return Buffer.from(body.bytes).toString('utf8');
  const path = join(workspace.paths.root, body.pointer);
  return (await stat(path)).size > MAX_BODY_BYTES ? null : readFile(path, 'utf8');
}

/** The parts of the key in each possible payload; empty if no payload has all parts. */
function keysIn(topic: Topic, plan: Plan, text: string): readonly (readonly string[])[] {
  const keyPaths = topic.key.map((name) => topic.columns.find((column) => column.name === name)?.path ?? []);
  const ways = topic.key.length > 0 ? [keyPaths] : idempotencyPaths(topic).map((path) => [path]);
  return candidates(parsed(text)).flatMap((payload) => {
    return ways.flatMap((paths) => {
      const parts = paths.map((path) => scalarAt(payload, path));
      return parts.length === plan.key.length && parts.every((part) => part !== null) ? [parts] : [];
    });
  });
}

function idempotencyPaths(topic: Topic): readonly (readonly PathSegment[])[] {
  return topic.idempotencyKeyPath === null ? IDEMPOTENCY_PATHS : [topic.idempotencyKeyPath];
}

/** undefined: the text is not JSON. */
function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

function candidates(value: unknown): readonly unknown[] {
  if (typeof value === 'string') return candidates(parsed(value));
  if (typeof value !== 'object' || value === null) return [];
  const inner = PAYLOADS.filter((name) => Object.hasOwn(value, name));
  return [value, ...inner.flatMap((name) => candidates((value as Record<string, unknown>)[name]))];
}

function scalarAt(payload: unknown, path: readonly PathSegment[]): string | null {
  let at: unknown = payload;
  for (const step of path) {
    if (typeof at !== 'object' || at === null) return null;
    const name = step.kind === 'key' ? step.key : String(step.index);
    if (!Object.hasOwn(at, name)) return null;
    at = (at as Record<string, unknown>)[name];
  }
  return typeof at === 'string' || typeof at === 'number' ? String(at) : null;
}

/** Numbers are compared as numbers: 1.5 and 1.50 are the same key. */
function isAsked(plan: Plan, parts: readonly string[], asked: AskedKey, masking: MaskingKey): boolean {
  return parts.every((part, index) => {
    const wanted = asked.parts[index] ?? '';
    const isNumber = part !== '' && wanted !== '' && Number(part) === Number(wanted);
    if (part === wanted || isNumber) return true;
    return isHashed(plan, plan.key[index] ?? '') && hmac(masking, part) === wanted;
  });
}
