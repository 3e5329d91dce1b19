import { GetSecretValueCommand, type SecretsManagerClient } from '@aws-sdk/client-secrets-manager';
import { awsError } from '../../errors/aws-error.ts';
import { type MaskingKey, parseMaskingKey } from '../../pipeline/masking-key.ts';
import { errorName } from './error-name.ts';

/** null where there is no such secret, or it has no value yet. Text is hex, as in the workspace's file; bytes are the key itself. */
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
