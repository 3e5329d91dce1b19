import { LeanOpsError } from '../../errors/error.ts';
import { remedyOf } from '../../errors/remedy.ts';
import type { PlaceName, RemedyNames } from '../../errors/spec.ts';
import { ERRORS } from '../../errors/taxonomy.ts';
import type { Paint } from '../terminal/terminal.ts';
import type { Json } from './command.ts';
import { type AwsTarget, commandLineIn } from './target.ts';

/** Exit codes of the process, as docs/commands.md lists them. The taxonomy defines the exit code of each error. */
export const EXIT = { ok: 0, checkFailed: 1, usage: 2, execution: 3, killed: 130 } as const;

/** For whom an error is printed. */
export interface ErrorReader {
  readonly place: PlaceName;
  /** The subject of the command, if the error itself does not name it. */
  readonly names?: RemedyNames;
  /** The deployment of the command; absent for a workspace. */
  readonly target?: AwsTarget;
}

const AT_A_WORKSPACE: ErrorReader = { place: 'embedded' };

/** Whatever was thrown, as an error of the taxonomy. Anything else is a defect: INTERNAL. */
export function asLeanOpsError(thrown: unknown): LeanOpsError {
  if (thrown instanceof LeanOpsError) return thrown;
  const name = thrown instanceof Error ? thrown.constructor.name : typeof thrown;
  return new LeanOpsError('INTERNAL', {
    operation: 'running the command',
    detail: `${name} was thrown`,
    cause: thrown,
  });
}

/** Code, what happened, where, what to do: the order in which a reader needs them. */
export function errorLines(
  error: LeanOpsError,
  paint: Paint,
  reader: ErrorReader = AT_A_WORKSPACE,
): readonly string[] {
  const { operation, detail, file, line } = error.details;
  const where = file === undefined ? [] : [`  where   ${file}${line === undefined ? '' : `:${line}`}`];
  return [
    `${paint('red', error.code)} while ${operation}`,
    ...detail.split('\n').map((text) => `  ${text}`),
    ...where,
    `  remedy  ${remedyIn(error, reader)}`,
    ...(error.code === 'INTERNAL' ? frames(error) : []),
  ];
}

/** A remedy's commands select the deployment in which the command failed. */
function remedyIn(error: LeanOpsError, { place, names, target }: ErrorReader): string {
  const text = remedyOf(error, place, names);
  if (target === undefined) return text;
  return text.replace(/\blean-ops ([^`]+?) --target aws\b(?! --env)/g, (_, words: string) =>
    commandLineIn(target, words),
  );
}

/** The document `{"error": …}` of --json. `file` and `line` are absent if they are unknown. */
export function errorJson(error: LeanOpsError, reader: ErrorReader = AT_A_WORKSPACE): Json {
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
      remedy: remedyIn(error, reader),
    },
  };
}

/** Only the places in the code where it was thrown: the text of a foreign error may contain a message's content. */
function frames(error: LeanOpsError): readonly string[] {
  const origin = error.cause instanceof Error ? error.cause : error;
  return (origin.stack ?? '').split('\n').filter((text) => /^\s+at /.test(text));
}
