import { createHash, randomBytes } from 'node:crypto';
import { link, mkdir, open, readFile, rm } from 'node:fs/promises';
import { LeanOpsError } from '../../errors/error.ts';
import { syncFolder } from '../local-files.ts';
import { isErrno } from './errno.ts';
import type { WorkspacePaths } from './paths.ts';

/** The key of `masking: hash`. Never log, print or put it into SQL text (DESIGN 2.7). */
export interface MaskingKey {
  readonly bytes: Uint8Array;
  /** 16 hex digits that tell keys apart and give nothing away. */
  readonly fingerprint: string;
}

export const MASKING_KEY_VARIABLE = 'LEAN_OPS_MASKING_KEY';

/** HMAC-SHA256 gains nothing beyond its 64-byte block, and is weak below 16 bytes. */
const MIN_KEY_BYTES = 16;
const NEW_KEY_BYTES = 32;

/** From the environment's text, else from the file; null where neither is there. The text is 32 or more hex digits. */
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
 * Writes a new random key, readable by this user only; an existing file is left alone. Gives whether it wrote. The file
 * gets its name once it is whole: half a key would have to be thrown away by hand.
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

/** `origin` names its place in the message. Throws CONFIG_INVALID. */
export function parseMaskingKey(text: string, origin: string): MaskingKey {
  const hex = text.trim();
  if (!/^(?:[0-9a-fA-F]{2})+$/.test(hex) || hex.length < 2 * MIN_KEY_BYTES) {
    throw new LeanOpsError('CONFIG_INVALID', {
      operation: 'reading the masking key',
      detail: `${origin} must hold at least ${2 * MIN_KEY_BYTES} hex digits and nothing else`,
      remedy: 'Restore the key, or make one: openssl rand -hex 32.',
    });
  }
  const bytes = Buffer.from(hex, 'hex');
  const fingerprint = createHash('sha256')
    .update('lean-ops masking key')
    .update(bytes)
    .digest('hex')
    .slice(0, 16);
  return { bytes, fingerprint };
}
