import type { ErrorSpec } from './spec.ts';

/** The message cannot enter RAW. */
const deadLetter = (meaning: string, remedy: string): ErrorSpec => ({
  stage: 'ingest',
  class: 'data',
  fate: 'dead-letter',
  severity: 'warning',
  exit: 3,
  meaning,
  remedy,
});

/** A value of a RAW row breaks the contract. */
const rejectedRow = (meaning: string, remedy: string): ErrorSpec => ({
  stage: 'semantic',
  class: 'data',
  fate: 'reject',
  severity: 'warning',
  exit: 3,
  meaning,
  remedy,
});

/** Codes of single messages and rows. Their remedies are the same in both places: producer and contract are. */
export const MESSAGE_ERRORS = {
  MALFORMED_JSON: deadLetter(
    'The message is not valid JSON.',
    'Fix the producer. Then replay the dead letter with a repaired body.',
  ),
  NOT_UTF8: deadLetter('The message is not valid UTF-8.', 'Have the producer encode its messages as UTF-8.'),
  BYTE_ORDER_MARK: deadLetter(
    'The message starts with a byte order mark.',
    'Have the producer write UTF-8 without a byte order mark.',
  ),
  NOT_AN_OBJECT: deadLetter(
    'The message is valid JSON but not an object.',
    'Send one JSON object per message.',
  ),
  TRAILING_BYTES: deadLetter(
    'Bytes follow the end of the JSON object.',
    'Send one JSON object per message, and one message per line.',
  ),
  DUPLICATE_KEY: deadLetter(
    'An object contains the same key twice.',
    'Send each key once. Parsers disagree about which of two counts.',
  ),
  LONE_SURROGATE: deadLetter(
    'A string contains half of a surrogate pair.',
    'Have the producer escape characters beyond U+FFFF as pairs.',
  ),
  NESTING_TOO_DEEP: deadLetter('The message is nested deeper than 64 levels.', 'Flatten the message.'),
  RECORD_TOO_LARGE: deadLetter(
    'The encoded RAW record exceeds 1,000,000 bytes.',
    'Send large content by reference, or split the message.',
  ),
  ENVELOPE_MISMATCH: deadLetter(
    'The message lacks the envelope that its contract names.',
    'Fix the producer, or name the right envelope in the contract.',
  ),
  PAYLOAD_NOT_AN_OBJECT: deadLetter(
    'The payload inside the envelope is not a JSON object.',
    'Send a JSON object as the payload.',
  ),
  MESSAGE_ID_INVALID: deadLetter(
    'The message id is neither a non-empty string nor an integer, or it contains control characters.',
    'Send a non-empty string or an integer as id, or omit the id.',
  ),
  PUBLISH_TIME_INVALID: deadLetter(
    'The publish time is present but is not a valid time.',
    'Send RFC 3339 with an offset, or epoch milliseconds.',
  ),
  PUBLISH_TIME_IN_FUTURE: deadLetter(
    'The publish time is further after the reception than the workspace allows.',
    "Check the producer's clock. Then replay the dead letter.",
  ),
  IDEMPOTENCY_KEY_MISSING: deadLetter(
    'The message has no idempotency key.',
    'Send one, or set idempotencyKey in the contract to the path that holds it.',
  ),
  IDEMPOTENCY_KEY_INVALID: deadLetter(
    'The idempotency key is neither a non-empty string nor an integer, or it contains control characters.',
    'Send a non-empty string or an integer.',
  ),
  METADATA_INVALID: deadLetter(
    'period_reference, correlation_id or schema version is neither text nor a number, or contains control characters.',
    'Send plain text without control characters.',
  ),
  RETRIES_EXHAUSTED: {
    ...deadLetter(
      'The queue gave up on the message after 10 receptions.',
      "Find the cause in the log of `sqs_processor` at the message's time and fix it. Then replay the dead letter.",
    ),
    shownOnAws: 'dead letter',
  },

  REQUIRED_MISSING: rejectedRow(
    'A required column has no value.',
    'Have the producer send it, or make the property optional in the contract.',
  ),
  CDE_MISSING: rejectedRow(
    'A critical data element has no value.',
    'Have the producer send it. A critical data element must always have a value.',
  ),
  KEY_MISSING: rejectedRow(
    'A column of the business key has no value.',
    'Have the producer send every part of the key.',
  ),
  TYPE_MISMATCH: rejectedRow(
    'The value has another JSON type than the contract declares.',
    'Fix the producer, or change the logicalType in the contract and rebuild.',
  ),
  NUMBER_NOT_EXACT: rejectedRow(
    'The engines cannot represent the number exactly.',
    'Send it as a string, and set acceptNumericStrings in the contract.',
  ),
  NUMBER_OUT_OF_RANGE: rejectedRow(
    "The number is outside the column's range.",
    'Choose a wider physicalType in the contract.',
  ),
  DECIMAL_DIGITS: rejectedRow(
    'The number has more digits than the decimal column can store.',
    'Choose a wider decimal(p,s) in the contract.',
  ),
  TIMESTAMP_INVALID: rejectedRow(
    'The value is not a valid timestamp in the format that the contract declares.',
    'Send RFC 3339 with an offset, or set epoch: s or ms in the contract.',
  ),
  TIMESTAMP_TOO_PRECISE: rejectedRow(
    'The time has non-zero digits beyond microseconds.',
    'Send microseconds at most, or set truncate: true in the contract.',
  ),
  DATE_INVALID: rejectedRow(
    'The value is not a calendar date of the form YYYY-MM-DD.',
    'Send a valid date as YYYY-MM-DD.',
  ),
  TOO_SHORT: rejectedRow(
    'The text is shorter than minLength.',
    'Fix the producer, or change minLength in the contract.',
  ),
  TOO_LONG: rejectedRow(
    'The text is longer than maxLength.',
    'Fix the producer, or change maxLength in the contract.',
  ),
  PATTERN_MISMATCH: rejectedRow(
    'The text does not match the pattern.',
    'Fix the producer, or change the pattern in the contract.',
  ),
  BELOW_MINIMUM: rejectedRow(
    'The value is below the minimum.',
    'Fix the producer, or change the minimum in the contract.',
  ),
  ABOVE_MAXIMUM: rejectedRow(
    'The value is above the maximum.',
    'Fix the producer, or change the maximum in the contract.',
  ),
  INVALID_VALUE: rejectedRow(
    'The value breaks an invalidValues or missingValues rule of the contract.',
    'Fix the producer, or change the rule in the contract.',
  ),
} as const satisfies Record<string, ErrorSpec>;
