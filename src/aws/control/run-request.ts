import { z } from 'zod';
import { ERRORS, type ErrorCode } from '../../errors/taxonomy.ts';
import type { RedriveSelection } from '../../semantic/intent.ts';

const topic = z.string().min(1);
const CODES = Object.keys(ERRORS) as [ErrorCode, ...ErrorCode[]];

/** Which rejected rows: both conditions must hold; absent or null: any. As `errors redrive --code --message-id`. */
const SELECTION = z
  .strictObject({
    code: z.enum(CODES).nullable().default(null),
    message_id: z.string().min(1).nullable().default(null),
  })
  .transform(({ code, message_id }): RedriveSelection => ({ code, messageId: message_id }));

/** The input of an execution, from a schedule or a person. An unknown key is an error. */
export const RUN_REQUEST = z.discriminatedUnion('kind', [
  z.strictObject({ topic, kind: z.literal('incremental') }),
  /** `keep_unreachable`: as `rebuild --keep-unreachable`. */
  z.strictObject({ topic, kind: z.literal('rebuild'), keep_unreachable: z.boolean().default(false) }),
  z.strictObject({ topic, kind: z.literal('redrive'), redrive: SELECTION.prefault({}) }),
  z.strictObject({ topic, kind: z.literal('maintain') }),
]);

export type RunRequest = z.output<typeof RUN_REQUEST>;

export type BatchRequest = Exclude<RunRequest, { kind: 'maintain' }>;

/** The next step of an execution after a batch; 'end': it ends. */
export const FOLLOWING = ['incremental', 'redrive', 'end'] as const;

export type Following = (typeof FOLLOWING)[number];
