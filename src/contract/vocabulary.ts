/** The keys of ODCS v3.1.0 by place, and the custom properties that Lean-Ops defines. */

export const ROOT_KEYS = [
  ...[
    'apiVersion',
    'kind',
    'id',
    'name',
    'version',
    'status',
    'tenant',
    'domain',
    'dataProduct',
    'description',
    'tags',
  ],
  ...['schema', 'servers', 'support', 'price', 'team', 'roles', 'slaDefaultElement', 'slaProperties'],
  ...['authoritativeDefinitions', 'customProperties', 'contractCreatedTs'],
] as const;

const ELEMENT_KEYS = [
  ...['id', 'name', 'physicalName', 'physicalType', 'logicalType', 'description', 'businessName', 'tags'],
  ...['authoritativeDefinitions', 'customProperties', 'relationships', 'quality', 'properties'],
] as const;

export const SCHEMA_KEYS = [...ELEMENT_KEYS, 'dataGranularityDescription'] as const;

export const PROPERTY_KEYS = [
  ...ELEMENT_KEYS,
  ...['primaryKey', 'primaryKeyPosition', 'logicalTypeOptions', 'required', 'unique', 'partitioned'],
  ...['partitionKeyPosition', 'classification', 'encryptedName', 'transformSourceObjects', 'transformLogic'],
  ...['transformDescription', 'examples', 'criticalDataElement', 'items'],
] as const;

export const DESCRIPTION_KEYS = [
  'usage',
  'purpose',
  'limitations',
  'authoritativeDefinitions',
  'customProperties',
] as const;

/** Custom properties of the contract as a whole. */
export const ROOT_CUSTOM = [
  ...['envelope', 'idempotencyKey', 'publishTime', 'acceptNumericStrings', 'onTypeMismatch', 'compatibility'],
  'driftMuted',
] as const;

/** Custom properties of one property. */
export const PROPERTY_CUSTOM = ['path', 'masking', 'epoch', 'truncate', 'transform'] as const;
