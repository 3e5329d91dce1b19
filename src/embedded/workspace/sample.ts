/** The topic of a new workspace: small, with one example of each purpose of a contract. */
export const SAMPLE_TOPIC = 'sensor_readings';

export const SAMPLE_CONTRACT = `# One topic: the form of its messages, and the rules for rows of semantic.${SAMPLE_TOPIC}.
apiVersion: v3.1.0
kind: DataContract
id: sensor-readings
name: Sensor readings
version: 1.0.0
status: active
description:
  purpose: The newest reading of each sensor and hour. Replace it with a topic of your own.
customProperties:
  # How the payload is wrapped, and the path of the publish time in the message.
  - property: envelope
    value: wrapped
  - property: publishTime
    value: publishTime
slaProperties:
  # The topic is late after this long without a new event. Half of it gives a warning.
  - property: latency
    value: 4
    unit: h
schema:
  - name: ${SAMPLE_TOPIC}
    logicalType: object
    properties:
      - name: sensor_id
        logicalType: string
        primaryKey: true
        primaryKeyPosition: 1
        required: true
      - name: measured_at
        logicalType: timestamp
        primaryKey: true
        primaryKeyPosition: 2
        required: true
      - name: celsius
        logicalType: number
        physicalType: decimal(6,2)
        # A message without it, or outside these bounds, is rejected into semantic.${SAMPLE_TOPIC}_errors.
        criticalDataElement: true
        logicalTypeOptions:
          minimum: -90
          maximum: 60
      - name: operator_email
        logicalType: string
        # Personal data: outside RAW, only its keyed hash is visible.
        classification: restricted
        customProperties:
          - property: masking
            value: hash
      - name: note
        logicalType: string
`;

interface Reading {
  readonly id: string;
  readonly publishTime: string;
  readonly payload: Readonly<Record<string, string | number>>;
}

const reading = (number: number, publishTime: string, payload: Reading['payload']): Reading => {
  return { id: `reading-${number}`, publishTime, payload };
};

const READINGS: readonly Reading[] = [
  reading(1, '2026-01-05T08:00:07Z', {
    sensor_id: 'roof',
    measured_at: '2026-01-05T08:00:00Z',
    celsius: -3.25,
    operator_email: 'ada@example.org',
    idempotency_key: 'roof-08',
  }),
  reading(2, '2026-01-05T08:00:09Z', {
    sensor_id: 'cellar',
    measured_at: '2026-01-05T08:00:00Z',
    celsius: 11.5,
    idempotency_key: 'cellar-08',
  }),
  // A correction: a newer message with the same key.
  reading(3, '2026-01-05T08:20:00Z', {
    sensor_id: 'roof',
    measured_at: '2026-01-05T08:00:00Z',
    celsius: -3.5,
    operator_email: 'ada@example.org',
    note: 'recalibrated',
    idempotency_key: 'roof-08',
  }),
  // A member that is not in the contract is reported as drift.
  reading(4, '2026-01-05T09:00:06Z', {
    sensor_id: 'roof',
    measured_at: '2026-01-05T09:00:00Z',
    celsius: -2.75,
    humidity: 81,
    idempotency_key: 'roof-09',
  }),
  // A value outside the bounds is rejected.
  reading(5, '2026-01-05T09:00:08Z', {
    sensor_id: 'cellar',
    measured_at: '2026-01-05T09:00:00Z',
    celsius: 1150,
    idempotency_key: 'cellar-09',
  }),
];

/** Newline-delimited JSON. One message occurs twice, and one is truncated and becomes a dead letter. */
export function sampleMessages(): string {
  const lines = READINGS.map((each) => {
    return JSON.stringify({ messageId: each.id, publishTime: each.publishTime, payload: each.payload });
  });
  const [first = ''] = lines;
  return `${[...lines, first, first.slice(0, 60)].join('\n')}\n`;
}
