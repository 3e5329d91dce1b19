import { readFile, stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import { LeanOpsError } from '../../errors/error.ts';

const WEBHOOK_SECRET_VARIABLE = 'LEAN_OPS_WEBHOOK_SECRET';

/** A shorter one could be guessed from one signed call. */
const MIN_SECRET_CHARACTERS = 16;
/** Rights of group and others. */
const SHARED_BITS = 0o077;

/** From the environment, else from the file. Throws CONFIG_INVALID: unsigned calls are not made. */
export async function loadWebhookSecret(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const fromEnvironment = environment[WEBHOOK_SECRET_VARIABLE];
  if (fromEnvironment) return checked(fromEnvironment.trim(), WEBHOOK_SECRET_VARIABLE);
  try {
    const { mode } = await stat(file);
    if ((mode & SHARED_BITS) !== 0) throw unusable(`${file} may be read by others`, `chmod 600 ${file}`);
    return checked((await readFile(file, 'utf8')).trim(), file);
  } catch (error) {
    if (error instanceof LeanOpsError) throw error;
    if (!isErrno(error, 'ENOENT')) throw fileError(error, "reading the webhook's secret", file);
    throw unusable(
      'there is none',
      `Set ${WEBHOOK_SECRET_VARIABLE}, or: openssl rand -hex 32 > ${file} && chmod 600 ${file}`,
    );
  }
}

function checked(secret: string, origin: string): string {
  if (secret.length >= MIN_SECRET_CHARACTERS) return secret;
  throw unusable(
    `${origin} holds less than ${MIN_SECRET_CHARACTERS} characters`,
    'openssl rand -hex 32 makes one.',
  );
}

function unusable(detail: string, remedy: string): LeanOpsError {
  return new LeanOpsError('CONFIG_INVALID', { operation: "reading the webhook's secret", detail, remedy });
}
