import { basename, resolve } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { AlertSink } from '../../quality/alerts/sink.ts';
import type { AlertSettings } from '../workspace/config.ts';
import type { Workspace } from '../workspace/workspace.ts';
import { fileSink } from './file-sink.ts';
import { lineSink } from './line-sink.ts';
import { loadWebhookSecret } from './webhook-secret.ts';
import { webhookSink } from './webhook-sink.ts';

/** What notifications need from outside the workspace. */
export interface AlertOutlets {
  readonly environment: Readonly<Record<string, string | undefined>>;
  /** Writes a line to standard error. */
  readonly writeLine: (line: string) => void;
}

/** The notification targets that lean-ops.yaml lists. */
export function openSinks(
  { paths, clock }: Workspace,
  settings: AlertSettings,
  outlets: AlertOutlets,
): readonly AlertSink[] {
  const sinks: AlertSink[] = [];
  if (settings.stderr) sinks.push(lineSink(outlets.writeLine));
  if (settings.file !== null) sinks.push(fileSink(resolve(paths.root, settings.file)));
  if (settings.webhook !== null) {
    const webhook = webhookSink({
      url: settings.webhook,
      secret: () => loadWebhookSecret(paths.webhookSecret, outlets.environment),
      workspace: basename(paths.root),
      now: () => Number(clock() / 1_000n),
      wait: async (ms) => {
        await setTimeout(ms);
      },
    });
    sinks.push(webhook);
  }
  return sinks;
}
