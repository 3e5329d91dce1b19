import { ALERT_KINDS, type Alert, alertKey, SEVERITIES } from '../../quality/alerts/alert.ts';
import { type Codec, recordCodec } from './codec.ts';
import { COUNT, JSON_COUNT, JSON_LONG, LONG, TEXT } from './fields.ts';
import { jsonText, named, nullable, object, oneOf, optional } from './schema.ts';

const KIND = oneOf(...ALERT_KINDS);
const SEVERITY = oneOf(...SEVERITIES);

const TOLD = named(nullable(object({ event: oneOf('raised', 'recovered'), code: TEXT, at: JSON_LONG })));

/** An alert as fields: SQLite's form. */
export const ALERT_ROW: Codec<Alert> = recordCodec(
  object({
    topic_name: TEXT,
    kind: KIND,
    code: TEXT,
    severity: SEVERITY,
    message: TEXT,
    remedy: TEXT,
    first_seen: LONG,
    last_seen: LONG,
    seen: COUNT,
    recovered_at: optional(LONG),
    told: jsonText(TOLD),
  }),
  ({ topic_name: topic, kind, code, severity, message, remedy, ...fields }) => ({
    key: alertKey(topic, kind),
    topic,
    kind,
    finding: { code, severity, message, remedy },
    firstSeen: fields.first_seen,
    lastSeen: fields.last_seen,
    count: fields.seen,
    recoveredAt: fields.recovered_at,
    told: fields.told,
  }),
  ({ topic, finding, ...alert }) => ({
    topic_name: topic,
    kind: alert.kind,
    code: finding.code,
    severity: finding.severity,
    message: finding.message,
    remedy: finding.remedy,
    first_seen: alert.firstSeen,
    last_seen: alert.lastSeen,
    seen: alert.count,
    recovered_at: alert.recoveredAt,
    told: { ...alert.told },
  }),
);

const ALERT_JSON = object({
  key: TEXT,
  topic: TEXT,
  kind: KIND,
  finding: object({ code: TEXT, severity: SEVERITY, message: TEXT, remedy: TEXT }),
  firstSeen: JSON_LONG,
  lastSeen: JSON_LONG,
  count: JSON_COUNT,
  recoveredAt: nullable(JSON_LONG),
  told: TOLD,
});

/** An alert as one JSON text: DynamoDB's form. */
export const ALERT_ITEM: Codec<Alert> = recordCodec(
  object({ alert: jsonText(ALERT_JSON) }),
  ({ alert }) => alert,
  (alert) => ({ alert: { ...alert, told: { ...alert.told } } }),
);
