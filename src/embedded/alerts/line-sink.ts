import { noticeLine } from '../../quality/alerts/notice-words.ts';
import type { AlertSink } from '../../quality/alerts/sink.ts';

/** Writes one line per notification to standard error. */
export function lineSink(write: (line: string) => void): AlertSink {
  return {
    name: 'stderr',
    send: async (notices) => {
      for (const notice of notices) write(noticeLine(notice));
    },
  };
}
