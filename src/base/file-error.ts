import { LeanOpsError } from '../errors/error.ts';

/** The operating system's error as DISK_FULL, WORKSPACE_READ_ONLY or INTERNAL. `operation` and `file` go into the message. */
export function fileError(cause: unknown, operation: string, file: string): LeanOpsError {
  if (cause instanceof LeanOpsError) return cause;
  const code = errorCode(cause);
  const details = { operation, detail: code ?? String(cause), file, cause };
  switch (code) {
    case 'ENOSPC':
    case 'EDQUOT':
    case 'EFBIG':
      return new LeanOpsError('DISK_FULL', details);
    case 'EROFS':
    case 'EACCES':
    case 'EPERM':
      return new LeanOpsError('WORKSPACE_READ_ONLY', details);
    default:
      return new LeanOpsError('INTERNAL', details);
  }
}

function errorCode(cause: unknown): string | undefined {
  return cause instanceof Error && 'code' in cause && typeof cause.code === 'string' ? cause.code : undefined;
}
