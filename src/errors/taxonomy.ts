/** The one table of everything that can go wrong. Code, documents, SQL plans and pages read it. */

/** Where an error arises. */
export type Stage = 'contract' | 'ingest' | 'semantic' | 'storage' | 'state' | 'setup';

/** Why it arises: data and setup errors are never retried, transient ones are, an unknown error is a bug. */
export type ErrorClass = 'data' | 'transient' | 'setup' | 'bug';

/** What becomes of the thing that failed. */
export type ErrorFate = 'dead-letter' | 'reject' | 'null-and-drift' | 'retry' | 'halt';

export type Severity = 'info' | 'warning' | 'error' | 'critical';

export interface ErrorSpec {
  readonly stage: Stage;
  readonly class: ErrorClass;
  readonly fate: ErrorFate;
  readonly severity: Severity;
  /** What it means, in one sentence without payload text. */
  readonly meaning: string;
  /** What a tired person does about it, in one line. */
  readonly remedy: string;
}

const deadLetter = (meaning: string, remedy: string): ErrorSpec => ({
  stage: 'ingest',
  class: 'data',
  fate: 'dead-letter',
  severity: 'warning',
  meaning,
  remedy,
});

const violation = (meaning: string, remedy: string): ErrorSpec => ({
  stage: 'semantic',
  class: 'data',
  fate: 'reject',
  severity: 'warning',
  meaning,
  remedy,
});

const setup = (stage: Stage, meaning: string, remedy: string): ErrorSpec => ({
  stage,
  class: 'setup',
  fate: 'halt',
  severity: 'error',
  meaning,
  remedy,
});

const transient = (stage: Stage, meaning: string, remedy: string): ErrorSpec => ({
  stage,
  class: 'transient',
  fate: 'retry',
  severity: 'warning',
  meaning,
  remedy,
});

const halt = (stage: Stage, meaning: string, remedy: string): ErrorSpec => ({
  stage,
  class: 'setup',
  fate: 'halt',
  severity: 'critical',
  meaning,
  remedy,
});

const TABLE = {
  // Ingest: the message can't enter RAW.
  MALFORMED_JSON: deadLetter(
    'The message is not valid JSON.',
    'Fix the producer; then replay the dead letter with a repaired body.',
  ),
  NOT_UTF8: deadLetter('The message is not valid UTF-8.', 'Have the producer encode its messages as UTF-8.'),
  BYTE_ORDER_MARK: deadLetter(
    'The message starts with a byte order mark.',
    'Have the producer write UTF-8 without a byte order mark.',
  ),
  NOT_AN_OBJECT: deadLetter('The message is JSON, but no object.', 'Send one JSON object a message.'),
  TRAILING_BYTES: deadLetter(
    'Bytes follow the end of the JSON object.',
    'Send one JSON object a message, one message a line.',
  ),
  DUPLICATE_KEY: deadLetter(
    'An object holds the same key twice.',
    'Send every key once; parsers disagree about which one counts.',
  ),
  LONE_SURROGATE: deadLetter(
    'A string holds half of a surrogate pair.',
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
    'The payload inside the envelope is no JSON object.',
    'Send an object as the payload.',
  ),
  MESSAGE_ID_INVALID: deadLetter(
    'The message id is neither a non-empty string nor an integer, or holds control characters.',
    'Send a non-empty string or an integer as id, or none at all.',
  ),
  PUBLISH_TIME_INVALID: deadLetter(
    'The publish time is present but no valid time.',
    'Send RFC 3339 with offset, or epoch milliseconds.',
  ),
  PUBLISH_TIME_IN_FUTURE: deadLetter(
    'The publish time lies further after the reception than the workspace allows.',
    "Check the producer's clock; then replay the dead letter.",
  ),
  IDEMPOTENCY_KEY_MISSING: deadLetter(
    'The message has no idempotency key.',
    'Send one, or set idempotencyKey in the contract to the path that holds it.',
  ),
  IDEMPOTENCY_KEY_INVALID: deadLetter(
    'The idempotency key is neither a non-empty string nor an integer, or holds control characters.',
    'Send a non-empty string or an integer.',
  ),
  METADATA_INVALID: deadLetter(
    'period_reference, correlation_id or schema version is no text or number, or holds control characters.',
    'Send plain text without control characters.',
  ),
  RETRIES_EXHAUSTED: deadLetter(
    'The queue gave up on the message after its retries.',
    "Read the function's log for the cause, mend it, then replay the dead letter.",
  ),

  // Semantic: a column's value breaks the contract.
  REQUIRED_MISSING: violation(
    'A required column has no value.',
    'Have the producer send it, or make the property optional in the contract.',
  ),
  CDE_MISSING: violation(
    'A critical data element has no value.',
    'Have the producer send it; critical data elements may not be absent.',
  ),
  KEY_MISSING: violation(
    'A column of the business key has no value.',
    'Have the producer send every part of the key.',
  ),
  TYPE_MISMATCH: violation(
    'The value has another JSON type than the contract says.',
    'Fix the producer, or change the logicalType in the contract and rebuild.',
  ),
  NUMBER_NOT_EXACT: violation(
    'The number cannot be held exactly by the engines.',
    'Send it as a string, and set acceptNumericStrings in the contract.',
  ),
  NUMBER_OUT_OF_RANGE: violation(
    "The number lies outside the column's range.",
    'Choose a wider physicalType in the contract.',
  ),
  DECIMAL_DIGITS: violation(
    'The number has more digits than the decimal column holds.',
    'Choose a wider decimal(p,s) in the contract.',
  ),
  TIMESTAMP_INVALID: violation(
    'The value is no valid time of the form that the contract names.',
    'Send RFC 3339 with offset, or set epoch: s or ms in the contract.',
  ),
  TIMESTAMP_TOO_PRECISE: violation(
    'The time has non-zero digits beyond microseconds.',
    'Send microseconds at most, or set truncate: true in the contract.',
  ),
  DATE_INVALID: violation('The value is no calendar date YYYY-MM-DD.', 'Send a valid date as YYYY-MM-DD.'),
  TOO_SHORT: violation(
    'The text is shorter than minLength.',
    'Fix the producer, or change minLength in the contract.',
  ),
  TOO_LONG: violation(
    'The text is longer than maxLength.',
    'Fix the producer, or change maxLength in the contract.',
  ),
  PATTERN_MISMATCH: violation(
    'The text does not match the pattern.',
    'Fix the producer, or change the pattern in the contract.',
  ),
  BELOW_MINIMUM: violation(
    'The value is below the minimum.',
    'Fix the producer, or change the minimum in the contract.',
  ),
  ABOVE_MAXIMUM: violation(
    'The value is above the maximum.',
    'Fix the producer, or change the maximum in the contract.',
  ),
  INVALID_VALUE: violation(
    'The value breaks an invalidValues or missingValues rule of the contract.',
    'Fix the producer, or change the rule in the contract.',
  ),

  // Contract and configuration.
  CONTRACT_INVALID: setup(
    'contract',
    'A contract file breaks the rules.',
    'Mend the places listed; `lean-ops validate` checks again.',
  ),
  CONTRACT_INCOMPATIBLE: setup(
    'contract',
    'The changed contract does not fit the registered version.',
    'Undo the change, or run `lean-ops rebuild TOPIC` to derive the table anew.',
  ),
  CONFIG_INVALID: setup('setup', 'lean-ops.yaml breaks the rules.', 'Mend the places listed.'),
  TOPIC_UNKNOWN: setup(
    'contract',
    'No contract of that topic is in the workspace.',
    'Check the name against `lean-ops topic list`, or add topics/<topic>.odcs.yaml.',
  ),
  USAGE: setup(
    'setup',
    'The command was called in a way it does not understand.',
    'See `lean-ops help COMMAND`.',
  ),
  NOT_FOUND: setup('setup', 'What was asked for does not exist.', 'Check the id or name.'),
  QUERY_REFUSED: setup(
    'setup',
    'The SQL is no single read-only query, or fails.',
    'Send one SELECT over raw.* and semantic.*.',
  ),

  // Machine and workspace.
  NODE_UNSUPPORTED: setup(
    'setup',
    'This Node.js is too old.',
    'Run `npm ci` in the checkout, which brings the right one, or install Node 24.',
  ),
  NATIVE_PACKAGE_MISSING: setup(
    'setup',
    'The DuckDB package for this platform is not installed.',
    'Run `npm ci` again, without --omit=optional, on a supported platform.',
  ),
  WORKSPACE_MISSING: setup(
    'setup',
    'The folder is no workspace.',
    'Run `lean-ops init DIR`, or point --workspace at one.',
  ),
  WORKSPACE_EXISTS: setup(
    'setup',
    'The folder already holds a workspace or other files.',
    'Choose an empty folder.',
  ),
  WORKSPACE_READ_ONLY: setup(
    'setup',
    'The workspace cannot be written to.',
    "Give this user write access to the workspace's data folder.",
  ),
  WORKSPACE_MOVED: setup(
    'setup',
    'The workspace was moved; its tables name the old place.',
    'Run `lean-ops doctor --relocate`.',
  ),
  NETWORK_FILE_SYSTEM: setup(
    'setup',
    'The workspace lies on a network file system, where its locks do not hold.',
    'Move the workspace to a local disk.',
  ),
  MASKING_KEY_MISSING: setup(
    'setup',
    'A contract masks by hash, but there is no masking key.',
    'Set LEAN_OPS_MASKING_KEY, or restore secrets/masking.key.',
  ),
  MASKING_KEY_CHANGED: halt(
    'semantic',
    'The masking key differs from the one the table was written with.',
    'Restore the old key, or run `lean-ops rebuild TOPIC` to mask anew.',
  ),
  SOURCE_MISSING: setup('ingest', 'The input file does not exist.', 'Check the path.'),
  SOURCE_UNREADABLE: setup(
    'ingest',
    'The input cannot be read.',
    'Give this user read access; a folder is no input.',
  ),
  SOURCE_TRUNCATED: setup(
    'ingest',
    'The compressed input ends in the middle or is damaged.',
    'Fetch the file again; what was complete before the damage is not taken twice.',
  ),
  FILE_CHANGED: setup(
    'ingest',
    'The file changed since it was last read; nothing was taken.',
    'Give the new content a new file name, or ingest it with --again.',
  ),

  // Storage and state.
  DISK_FULL: setup(
    'storage',
    'The disk is full, or a limit on the size of files is reached.',
    'Free space (or raise the limit: ulimit -f) and run the same command again; it resumes.',
  ),
  DATA_FILE_CORRUPT: halt(
    'storage',
    'A file of a table is missing or damaged.',
    'Restore it from `lean-ops backup`; a damaged semantic table can be rebuilt from RAW.',
  ),
  TABLE_UNSUPPORTED: setup(
    'storage',
    'A table uses an Iceberg feature that Lean-Ops does not handle.',
    'Rewrite the table as format v2 with Parquet files and position deletes, or rebuild it.',
  ),
  METADATA_INVALID_FILE: halt(
    'storage',
    'A metadata file of a table is missing or damaged.',
    'Restore it from `lean-ops backup`.',
  ),
  CATALOG_NEWER: setup(
    'state',
    'A newer release of Lean-Ops wrote the workspace.',
    'Use that release or a later one. To stay with this release, restore a backup that it made.',
  ),
  STATE_DAMAGED: halt(
    'state',
    'The state database is damaged, or its disk fails.',
    'Check the disk; restore data/lean-ops.db and the tables from `lean-ops backup`.',
  ),
  COMMIT_CONFLICT: transient(
    'storage',
    'Another writer changed the table first.',
    'Nothing to do: the commit is planned anew.',
  ),
  STATE_BUSY: transient(
    'state',
    'The state database is locked by another process.',
    'Run the command again; if it persists, look for a stuck lean-ops process.',
  ),
  AWS_UNAVAILABLE: transient(
    'storage',
    'An AWS service did not answer, or answered that it is busy.',
    'Nothing to do: it is tried again. If it persists, see the AWS Health Dashboard and the quotas of the service.',
  ),
  AWS_REFUSED: setup(
    'setup',
    'An AWS service refused the call.',
    'Check credentials, region, permissions and names against what Terraform made; `terraform apply` mends drift.',
  ),
  LEASE_HELD: transient(
    'state',
    'Another run holds the lease of this topic.',
    'Wait for it to end, or until the lease expires.',
  ),
  LEASE_LOST: transient(
    'state',
    'The lease was taken over by another run; nothing of this one was committed.',
    'Nothing to do: the other run does the work.',
  ),
  CHECKPOINT_CONFLICT: transient(
    'state',
    'The checkpoint moved while this run was working; nothing of it was committed.',
    'Run the command again.',
  ),
  RAW_HISTORY_CHANGED: halt(
    'semantic',
    "RAW was overwritten, or the checkpoint is no ancestor of RAW's head.",
    'Run `lean-ops rebuild TOPIC` to derive the table from what RAW holds.',
  ),
  RAW_EXPIRED: halt(
    'semantic',
    'RAW rows that the semantic table stems from have been removed by retention.',
    'Run `lean-ops rebuild TOPIC --keep-unreachable`, which takes those rows over as they are.',
  ),
  REBUILD_REQUIRED: halt(
    'semantic',
    'The contract changed in a way that the existing table cannot follow.',
    'Run `lean-ops rebuild TOPIC`.',
  ),
  FOREIGN_WRITE: {
    ...halt(
      'storage',
      'A snapshot in the semantic table was not written by Lean-Ops.',
      'Find who wrote it; `lean-ops rebuild TOPIC` derives the table anew.',
    ),
    severity: 'error',
  },
  JOB_FAILED: {
    ...transient(
      'semantic',
      'The semantic job on AWS ended without the outcome of its batch.',
      "Read the Glue job run's log; the next execution finishes the stored intent.",
    ),
    severity: 'error',
  },
  TOPIC_HALTED: halt(
    'state',
    'The topic was stopped for a person: a unit or batch had more dead letters or rejected rows than its budget allows.',
    'Look at its dead letters and errors, mend the cause, then run `lean-ops topic resume TOPIC`.',
  ),
  DEAD_LETTER_DAMAGED: halt(
    'storage',
    'The body of a dead letter is missing, or no longer what was received.',
    'Restore data/ from `lean-ops backup`, replay it with a repaired body (--with FILE), or discard it.',
  ),
  ALERT_NOT_DELIVERED: transient(
    'setup',
    'A sink of alerts did not take its notices; they are kept, and told at the next occasion.',
    'Look at `alerts` in lean-ops.yaml and at what takes them; `lean-ops alerts --check` tries again.',
  ),
  INTERRUPTED: setup('setup', 'The run was stopped by the user.', 'Run the same command again; it resumes.'),
  INTERNAL: {
    stage: 'setup',
    class: 'bug',
    fate: 'retry',
    severity: 'critical',
    meaning: 'A defect in Lean-Ops.',
    remedy: 'Report it with the text above; your data is as the last commit left it.',
  },
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof TABLE;
export const ERRORS: Readonly<Record<ErrorCode, ErrorSpec>> = Object.freeze(TABLE);
