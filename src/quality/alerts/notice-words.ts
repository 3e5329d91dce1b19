import type { Micros } from '../../base/time.ts';
import { sentences } from '../../errors/sentences.ts';
import type { Notice } from './notices.ts';

const MARKS: Readonly<Record<Notice['event'], string>> = {
  raised: 'ALERT',
  repeated: 'ALERT (still open)',
  recovered: 'RECOVERED',
};

/** One notification in one line for people. */
export function noticeLine({ event, alert }: Notice): string {
  const { severity, code, message, remedy } = alert.finding;
  const head = `${MARKS[event]} ${severity} ${alert.topic}: ${code}`;
  if (event === 'recovered') return `${head}, seen from ${iso(alert.firstSeen)} to ${iso(alert.lastSeen)}`;
  return sentences(`${head}: ${message}`, remedy);
}

/** One notification as JSON for programs. Times as ISO 8601 in UTC. */
export function noticeJson({ id, event, alert }: Notice) {
  const { key, topic, kind, finding, firstSeen, lastSeen, count, recoveredAt } = alert;
  return {
    id,
    event,
    key,
    topic,
    kind,
    ...finding,
    first_seen: iso(firstSeen),
    last_seen: iso(lastSeen),
    count,
    recovered_at: recoveredAt === null ? null : iso(recoveredAt),
  };
}

function iso(at: Micros): string {
  return new Date(Number(at / 1000n)).toISOString();
}
