import { z } from 'zod';
import { MICROS_PER_MS } from '../../base/time.ts';
import { LeanOpsError } from '../../errors/error.ts';
import { JSON_TEXT } from '../deployment/json-text.ts';
import { FOLLOWING, RUN_REQUEST } from './run-request.ts';

const topic = z.string().min(1);
const holder = { topic, owner: z.string().min(1) };
/** Step Functions has no 64-bit integers, so a token is text. */
const token = z.string().regex(/^\d+$/).transform(BigInt);
const seconds = z.int().positive();

const MAINTAIN = z.looseObject({ kind: z.literal('maintain') });

const CALL = z.discriminatedUnion('action', [
  z.object({ action: z.literal('prepare') }),
  z.object({
    action: z.literal('begin'),
    ...holder,
    lease_seconds: seconds,
    input: RUN_REQUEST,
    started_at: z.iso
      .datetime({ offset: true })
      .transform((text) => BigInt(Date.parse(text)) * MICROS_PER_MS),
  }),
  z.object({
    action: z.literal('raw_head'),
    ...holder,
    fencing_token: token,
    lease_seconds: seconds,
    input: RUN_REQUEST,
    /** The input's kind until its request is carried out, then `incremental`. */
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
    // The lease is released whatever the input is.
    input: z.unknown().optional().transform(workOf),
  }),
  z.object({ action: z.literal('balance'), topic: topic.optional() }),
]);

const ACTIONS = CALL.options.map(({ shape }) => shape.action.value);

/** One call of the control function. */
export type ControlCall = z.output<typeof CALL>;

/** EventBridge's event about an execution that ended without success. Its `input` is JSON as text. */
const STATUS_CHANGE = z.object({
  'detail-type': z.literal('Step Functions Execution Status Change'),
  detail: z.object({ executionArn: z.string(), status: z.string(), input: z.string() }),
});

/** Throws USAGE with everything that is wrong with the event. */
export function readCall(event: unknown): ControlCall {
  const change = STATUS_CHANGE.safeParse(event);
  const parsed = CALL.safeParse(change.success ? cleanupCall(change.data.detail) : event);
  if (parsed.success) return parsed.data;
  throw new LeanOpsError('USAGE', {
    operation: 'reading the event',
    detail: z.prettifyError(parsed.error),
    remedy: `Send an event with one of these actions: ${ACTIONS.join(', ')}.`,
  });
}

/** An execution's input, as far as the release of its lease needs it. An execution without a topic had no lease. */
const INPUT = JSON_TEXT.pipe(z.looseObject({ topic: z.unknown().optional() }));

/** An execution that was stopped, or that failed in the runtime, passed no Catch. Its lease is released here. */
function cleanupCall({ executionArn, status, input: text }: z.output<typeof STATUS_CHANGE>['detail']) {
  const input = INPUT.safeParse(text).data;
  const failure = { Error: `States.${status}` };
  return { action: 'release', topic: input?.topic, owner: executionArn, input, failure, is_cleanup: true };
}

/** Which work failed: maintenance that fails is another alert than batches that fail. */
function workOf(input: unknown): 'semantic' | 'maintain' {
  return MAINTAIN.safeParse(input).success ? 'maintain' : 'semantic';
}
