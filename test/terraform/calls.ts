import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Metafile } from 'esbuild';
import { ROOT } from './terraform.ts';

/** What a command of the SDK needs, where it is not called like the IAM action. */
const ACTIONS: Readonly<Record<string, readonly string[]>> = {
  's3:HeadObject': ['s3:GetObject'],
  's3:ListObjectsV2': ['s3:ListBucket'],
  'sqs:SendMessageBatch': ['sqs:SendMessage'],
  'sqs:DeleteMessageBatch': ['sqs:DeleteMessage'],
  'sqs:ChangeMessageVisibilityBatch': ['sqs:ChangeMessageVisibility'],
  'dynamodb:TransactWriteItems': [
    ...['dynamodb:ConditionCheckItem', 'dynamodb:DeleteItem', 'dynamodb:PutItem', 'dynamodb:UpdateItem'],
  ],
};
const SERVICES: Readonly<Record<string, string>> = { 'secrets-manager': 'secretsmanager' };
const IMPORT = /import\s*\{([^}]*)\}\s*from\s*'@aws-sdk\/client-([a-z0-9-]+)'/g;

/** IAM actions of the SDK's commands and paginators that the project's own files in a bundle name. */
export function actionsCalled(metafile: Metafile): ReadonlySet<string> {
  const own = Object.values(metafile.outputs)
    .flatMap(({ inputs }) => Object.entries(inputs))
    .filter(([path, { bytesInOutput }]) => bytesInOutput > 0 && !path.includes('node_modules'))
    .map(([path]) => readFileSync(join(ROOT, path), 'utf8'));
  const called = own.flatMap((text) =>
    [...text.matchAll(IMPORT)].flatMap(([, names = '', client = '']) =>
      [...names.matchAll(/\b(?:paginate([A-Z]\w+)|([A-Z]\w+)Command)\b/g)].flatMap(([, paged, command]) => {
        const call = `${SERVICES[client] ?? client}:${paged ?? command}`;
        return ACTIONS[call] ?? [call];
      }),
    ),
  );
  return new Set(called);
}
