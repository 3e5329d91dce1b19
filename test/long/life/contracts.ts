/** Three topics of a shop: orders with personal data, meter readings without, payments whose currency is critical. */
export type LifeTopic = 'orders' | 'readings' | 'payments';
export const LIFE_TOPICS: readonly LifeTopic[] = ['orders', 'payments', 'readings'];

/** What changes in a contract during the life. */
export interface ContractState {
  readonly channel: boolean;
  readonly quantity: 'int' | 'long';
  readonly totalDigits: 10 | 12;
  /** Stricter than before, which BACKWARD refuses. */
  readonly shortNotes: boolean;
  readonly currencies: readonly string[];
}

export const FIRST_CONTRACTS: ContractState = {
  channel: false,
  quantity: 'int',
  totalDigits: 10,
  shortNotes: false,
  currencies: ['EUR', 'USD'],
};

/** A warning after 15 hours, late after 30: one day without data warns, two days count as silence. */
const head = (topic: LifeTopic, more = ''): string => `apiVersion: v3.1.0
kind: DataContract
id: ${topic}
name: ${topic}
version: 1.0.0
status: active
customProperties:
  - { property: envelope, value: wrapped }
slaProperties:
  - { property: freshness, value: 30, unit: h }
${more}schema:
  - name: ${topic}
    logicalType: object
    properties:
`;

const property = (text: string): string => `      - { ${text} }\n`;
const MASKED =
  'logicalType: string, classification: restricted, customProperties: [{ property: masking, value:';

/** The contract file's text. */
export function contractText(topic: LifeTopic, state: ContractState): string {
  switch (topic) {
    case 'orders':
      return [
        head(topic),
        property(
          'name: order_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1',
        ),
        property('name: status, logicalType: string, criticalDataElement: true'),
        property(`name: quantity, logicalType: integer, physicalType: ${state.quantity}`),
        property(`name: total, logicalType: number, physicalType: "decimal(${state.totalDigits},2)"`),
        property(`name: email, ${MASKED} hash }]`),
        property(`name: phone, ${MASKED} "partial:3" }]`),
        property(
          `name: note, logicalType: string${state.shortNotes ? ', logicalTypeOptions: { maxLength: 5 }' : ''}`,
        ),
        property(
          'name: placed_at, logicalType: timestamp, partitioned: true, partitionKeyPosition: 1, customProperties: [{ property: transform, value: day }]',
        ),
        ...(state.channel ? [property('name: channel, logicalType: string')] : []),
      ].join('');
    case 'readings':
      return [
        head(topic, '  - { property: retention, value: 12, unit: d }\n'),
        property('name: meter, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1'),
        property(
          'name: hour, logicalType: timestamp, required: true, primaryKey: true, primaryKeyPosition: 2',
        ),
        property('name: kwh, logicalType: number, criticalDataElement: true'),
      ].join('');
    case 'payments':
      return [
        head(topic),
        property(
          'name: payment_id, logicalType: string, required: true, primaryKey: true, primaryKeyPosition: 1',
        ),
        property(
          `name: currency, logicalType: string, criticalDataElement: true, quality: [{ metric: invalidValues, mustBe: 0, arguments: { validValues: [${state.currencies.join(', ')}] } }]`,
        ),
        property('name: amount, logicalType: number, physicalType: "decimal(12,2)", required: true'),
        property(`name: iban, ${MASKED} hash }]`),
      ].join('');
  }
}
