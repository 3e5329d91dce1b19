import { readFile, stat } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import { fileError } from '../../base/file-error.ts';
import { LeanOpsError } from '../../errors/error.ts';

const WEBHOOK_SECRET_VARIABLE = 'LEAN_OPS_WEBHOOK_SECRET';

/** A shorter secret could be guessed from one signed request. */
const MIN_SECRET_CHARACTERS = 16;
/** Permission bits of group and others. */
const SHARED_BITS = 0o077;

/** Reads the secret from the environment, else from the file. Throws CONFIG_INVALID: requests are never unsigned. */
export async function loadWebhookSecret(
  file: string,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<string> {
  const fromEnvironment = environment[WEBHOOK_SECRET_VARIABLE];
  if (fromEnvironment) return checked(fromEnvironment.trim(), WEBHOOK_SECRET_VARIABLE);
  try {
    const { mode } = await stat(file);
    if ((mode & SHARED_BITS) !== 0) throw unusable(`others can read ${file}`, `Run \`chmod 600 ${file}\`.`);
    return checked((await readFile(file, 'utf8')).trim(), file);
  } catch (error) {
    if (error instanceof LeanOpsError) throw error;
    if (!isErrno(error, 'ENOENT')) throw fileError(error, "reading the webhook's secret", file);
    throw unusable(
      'no secret is set',
      `Set ${WEBHOOK_SECRET_VARIABLE}, or run \`openssl rand -hex 32 > ${file} && chmod 600 ${file}\`.`,
    );
  }
}

function checked(secret: string, origin: string): string {
  if (secret.length >= MIN_SECRET_CHARACTERS) return secret;
  throw unusable(
    `${origin} has fewer than ${MIN_SECRET_CHARACTERS} characters`,
    'Run `openssl rand -hex 32` to make one.',
  );
}

function unusable(detail: string, remedy: string): LeanOpsError {
  return new LeanOpsError('CONFIG_INVALID', { operation: "reading the webhook's secret", detail, remedy });
}
