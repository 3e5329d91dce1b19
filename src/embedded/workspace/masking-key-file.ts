import { randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { isErrno } from '../../base/errno.ts';
import { syncFolder } from '../../iceberg/local-files.ts';
import { type MaskingKey, parseMaskingKey } from '../../pipeline/masking-key.ts';
import type { WorkspacePaths } from './paths.ts';

export const MASKING_KEY_VARIABLE = 'LEAN_OPS_MASKING_KEY';

const NEW_KEY_BYTES = 32;

/** Reads the key from the environment, else from the file; null if neither exists. The text is 32 or more hex digits. */
export async function loadMaskingKey(
  paths: WorkspacePaths,
  environment: Readonly<Record<string, string | undefined>>,
): Promise<MaskingKey | null> {
  const fromEnvironment = environment[MASKING_KEY_VARIABLE];
  if (fromEnvironment !== undefined && fromEnvironment !== '') {
    return parseMaskingKey(fromEnvironment, MASKING_KEY_VARIABLE);
  }
  try {
    return parseMaskingKey(await readFile(paths.maskingKey, 'utf8'), paths.maskingKey);
  } catch (error) {
    if (isErrno(error, 'ENOENT')) return null;
    throw error;
  }
}

/**
 * Writes a new random key that only this user can read; an existing file stays. Returns true if it wrote the file. The
 * file gets its name when it is complete, so that a crash leaves no partial key.
 */
export async function createMaskingKey(paths: WorkspacePaths): Promise<boolean> {
  await mkdir(paths.secrets, { recursive: true, mode: 0o700 });
  const draft = `${paths.maskingKey}.${randomBytes(4).toString('hex')}`;
  try {
    await writeKey(draft);
    await link(draft, paths.maskingKey);
    await syncFolder(paths.secrets);
    return true;
  } catch (error) {
    if (isErrno(error, 'EEXIST')) return false;
    throw error;
  } finally {
    await rm(draft, { force: true });
  }
}

async function writeKey(path: string): Promise<void> {
  const file = await open(path, 'wx', 0o600);
  try {
    await file.writeFile(`${randomBytes(NEW_KEY_BYTES).toString('hex')}\n`);
    await file.sync();
  } finally {
    await file.close();
  }
}
