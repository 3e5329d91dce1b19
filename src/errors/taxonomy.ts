import { MESSAGE_ERRORS } from './message-errors.ts';
import { SETUP_ERRORS } from './setup-errors.ts';
import type { ErrorSpec } from './spec.ts';
import { STORAGE_ERRORS } from './storage-errors.ts';

const TABLE = { ...MESSAGE_ERRORS, ...SETUP_ERRORS, ...STORAGE_ERRORS };

export type ErrorCode = keyof typeof TABLE;

/**
 * The one table of everything that can go wrong. Programs, SQL plans and generated pages read it. It alone decides what
 * becomes of an error, how a command exits, and what the reader is told to do.
 */
export const ERRORS: Readonly<Record<ErrorCode, ErrorSpec>> = Object.freeze(TABLE);
