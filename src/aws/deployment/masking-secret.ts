import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../errors/aws-error.ts';
import { type MaskingKey, parseMaskingKey } from '../../pipeline/masking-key.ts';
import { errorName } from './error-name.ts';

/**
 * The masking key; null if the secret is missing or has no value yet. A text is hex, as in a workspace's key file; bytes
 * are the key itself. Throws AWS_UNAVAILABLE, AWS_REFUSED, MASKING_KEY_INVALID.
 */
export async function readMaskingKey(
  client: SecretsManagerClient,
  secret: string,
): Promise<MaskingKey | null> {
  try {
    const { SecretString, SecretBinary } = await client.send(new GetSecretValueCommand({ SecretId: secret }));
    const hex = SecretString ?? (SecretBinary && Buffer.from(SecretBinary).toString('hex'));
    return hex === undefined ? null : parseMaskingKey(hex, `the secret ${secret}`);
  } catch (cause) {
    if (errorName(cause) === 'ResourceNotFoundException') return null;
    throw awsError(`reading the secret ${secret}`, cause);
  }
}
