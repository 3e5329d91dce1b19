import { z } from 'zod';
import { LeanOpsError } from '../../errors/error.ts';
import { FOLLOWING, RUN_REQUEST } from './run-request.ts';

const topic = z.string().min(1);
const holder = { topic, owner: z.string().min(1) };
/** Step Functions holds no 64-bit integers, so a token travels as text. */
const token = z.string().regex(/^\d+$/).transform(BigInt);
const seconds = z.int().positive();

const CALL = z.discriminatedUnion('action', [
  z.object({ action: z.literal('prepare') }),
  z.object({
    action: z.literal('begin'),
    ...holder,
    lease_seconds: seconds,
    input: RUN_REQUEST,
    started_at: z.iso.datetime({ offset: true }).transform((text) => BigInt(Date.parse(text)) * 1000n),
  }),
  z.object({
    action: z.literal('raw_head'),
    ...holder,
    fencing_token: token,
    lease_seconds: seconds,
    input: RUN_REQUEST,
    /** As in the input, until that is done. */
    kind: z.string(),
  }),
  z.object({
    action: z.literal('complete'),
    ...holder,
    fencing_token: token,
    batch_id: z.string(),
    kind: z.string(),
    following: z.enum(FOLLOWING),
  }),
  z.object({
    action: z.literal('release'),
    ...holder,
    failure: z.object({ Error: z.string(), Cause: z.string().optional() }).nullable().default(null),
    is_cleanup: z.boolean().default(false),
    // Whatever it is, the lease is given back.
    input: z.unknown().optional().transform(workOf),
  }),
  z.object({ action: z.literal('balance'), topic: topic.optional() }),
]);

/** What the function is asked to do. */
export type Call = z.output<typeof CALL>;

/** EventBridge's own event of an execution that ended badly; its `input` is JSON as text. */
const STATUS_CHANGE = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ executionArn: z.string(), status: z.string(), input: z.string() }),
});

/** Throws USAGE with everything that is wrong with the event. */
export function readCall(event: unknown): Call {
  const change = STATUS_CHANGE.safeParse(event);
  const parsed = CALL.safeParse(change.success ? cleanup(change.data.detail) : event);
  if (parsed.success) return parsed.data;
  throw new LeanOpsError('USAGE', {
    operation: 'reading the event',
    detail: z.prettifyError(parsed.error),
    remedy: 'Send one of the events that docs/aws.md lists.',
  });
}

/** An execution that was stopped or broke in the runtime passed no Catch: its lease is given back here. */
function cleanup({ executionArn, status, input }: z.output<typeof STATUS_CHANGE>['detail']) {
  const asked: unknown = JSON.parse(input);
  const name = typeof asked === 'object' && asked !== null && 'topic' in asked ? asked.topic : undefined;
  const failure = { Error: `States.${status}` };
  return { action: 'release', topic: name, owner: executionArn, input: asked, failure, is_cleanup: true };
}

/** What people are told of: upkeep that fails is another trouble than batches that fail. */
function workOf(input: unknown): 'semantic' | 'maintain' {
  const isMaintenance =
    typeof input === 'object' && input !== null && 'kind' in input && input.kind === 'maintain';
  return isMaintenance ? 'maintain' : 'semantic';
}
