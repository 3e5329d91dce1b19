import { LeanOpsError } from '../../errors/error.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Json } from './command.ts';

/** DESIGN 11. */
export const EXIT = { ok: 0, checkFailed: 1, usage: 2, execution: 3, killed: 130 } as const;

/** Whatever was thrown as an error of the taxonomy; what is not one is a defect. */
export function asLeanOpsError(thrown: unknown): LeanOpsError {
  if (thrown instanceof LeanOpsError) return thrown;
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new LeanOpsError('INTERNAL', {
    operation: 'running the command',
    detail: `${name} was thrown`,
    cause: thrown,
  });
}

/** 1 where a check stopped the work, 2 where the caller can mend it by calling or configuring otherwise, else 3. */
export function exitCodeOf(error: LeanOpsError): 1 | 2 | 3 {
  if (error.code === 'TOPIC_HALTED') return EXIT.checkFailed;
  const { stage, class: kind } = ERRORS[error.code];
  if (error.code === 'INTERRUPTED') return EXIT.execution;
  if (error.code === 'SOURCE_MISSING') return EXIT.usage;
  return kind === 'setup' && (stage === 'setup' || stage === 'contract') ? EXIT.usage : EXIT.execution;
}

/** Code, what, where, remedy: the order in which a person needs them. */
export function errorLines(error: LeanOpsError, paint: Paint): readonly string[] {
  const { operation, detail, file, line } = error.details;
  const place = file === undefined ? [] : [`  where   ${file}${line === undefined ? '' : `:${line}`}`];
  return [
    `${paint('red', error.code)} while ${operation}`,
    ...detail.split('\n').map((text) => `  ${text}`),
    ...place,
    `  remedy  ${error.remedy}`,
    ...(error.code === 'INTERNAL' ? frames(error) : []),
  ];
}

export function errorJson(error: LeanOpsError): Json {
  const { operation, detail, file, line } = error.details;
  const { stage, class: kind } = ERRORS[error.code];
  return {
    error: {
      code: error.code,
      stage,
      class: kind,
      operation,
      detail,
      ...(file === undefined ? {} : { file }),
      ...(line === undefined ? {} : { line }),
      remedy: error.remedy,
    },
  };
}

/** Only where it was thrown: the text of a foreign error may hold a message's content (DESIGN 2.7). */
function frames(error: LeanOpsError): readonly string[] {
  const origin = error.cause instanceof Error ? error.cause : error;
  return (origin.stack ?? '').split('\n').filter((text) => /^\s+at /.test(text));
}
