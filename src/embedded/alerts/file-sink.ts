import { open } from 'node:fs/promises';
import { LeanOpsError } from '../../errors/error.ts';
import { noticeJson } from '../../quality/alerts/notice-words.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';

/** Appends one JSON line per notification and syncs the file. */
export function fileSink(path: string): AlertSink {
  return {
    name: 'file',
    send: async (notices) => {
      const lines = notices.map((notice) => `${JSON.stringify(noticeJson(notice))}\n`).join('');
      try {
        const file = await open(path, 'a', 0o600);
        try {
          await file.appendFile(lines);
          await file.sync();
        } finally {
          await file.close();
        }
      } catch (cause) {
        throw new LeanOpsError('ALERT_NOT_DELIVERED', {
          operation: 'writing alerts to a file',
          detail:
            cause instanceof Error && 'code' in cause ? String(cause.code) : 'the file cannot be written',
          file: path,
          cause,
        });
      }
    },
  };
}
