import { type ErrorSpec, HALT, SETUP, TRANSIENT } from './spec.ts';

/** Tables, files, state, leases and batches. */
export const STORAGE_ERRORS = {
  DISK_FULL: {
    ...SETUP,
    stage: 'storage',
    exit: 3,
    meaning: 'The disk is full, or a limit on the size of files is reached.',
    remedy: {
      embedded: 'Free space, or raise the limit (ulimit -f). Then run the same command again. It resumes.',
      aws: 'The command copies files to the temporary directory. Free space there, or set TMPDIR.',
    },
    shownOnAws: '`errors`, `explain`',
  },
  DATA_FILE_CORRUPT: {
    ...HALT,
    stage: 'storage',
    exit: 3,
    meaning: 'A file of a table is missing or damaged.',
    remedy: {
      embedded:
        'Restore it from a copy made by `lean-ops backup`. A damaged semantic table can be rebuilt from RAW.',
      aws: "Restore the object's previous version (buckets keep deleted versions for 7 days). A damaged semantic table can be rebuilt from RAW.",
    },
    shownOnAws: 'failed execution; unknown balance',
  },
  TABLE_UNSUPPORTED: {
    ...SETUP,
    stage: 'storage',
    exit: 3,
    meaning: 'A table uses an Iceberg feature that Lean-Ops does not support.',
    remedy: 'Rewrite the table as format v2 with Parquet files and position deletes, or rebuild it.',
    shownOnAws: 'failed execution',
  },
  METADATA_INVALID_FILE: {
    ...HALT,
    stage: 'storage',
    exit: 3,
    meaning: 'A metadata file of a table is missing or damaged.',
    remedy: {
      embedded: 'Restore it from a copy made by `lean-ops backup`.',
      aws: "Restore the object's previous version (buckets keep deleted versions for 7 days).",
    },
    shownOnAws: 'failed execution; unknown balance',
  },
  CATALOG_NEWER: {
    ...SETUP,
    stage: 'state',
    exit: 3,
    meaning: 'A newer release of Lean-Ops wrote the workspace.',
    remedy: 'Use that release or a later one. To stay with this release, restore a backup that it made.',
  },
  STATE_DAMAGED: {
    ...HALT,
    stage: 'state',
    exit: 3,
    meaning: 'The stored state is damaged, or its disk fails.',
    remedy: {
      embedded:
        'Check the disk. Restore data/lean-ops.db and the tables from a copy made by `lean-ops backup`.',
      aws: 'Find who wrote to the DynamoDB table besides Lean-Ops. Restore it to a point in time before (kept for 35 days).',
    },
    shownOnAws: 'failed execution',
  },
  COMMIT_CONFLICT: {
    ...TRANSIENT,
    stage: 'storage',
    exit: 3,
    meaning: 'Another writer changed the table first.',
    remedy: {
      embedded: 'Run the command again. Nothing of this run was committed.',
      aws: 'Wait: the next execution does the work. If it happens often, raise `lease_seconds`.',
    },
    shownOnAws: 'failed execution, once',
  },
  STATE_BUSY: {
    ...TRANSIENT,
    stage: 'state',
    exit: 3,
    meaning: 'Another process is writing the same state.',
    remedy: {
      embedded: 'Run the command again. If it persists, look for a stuck lean-ops process.',
      aws: 'Wait: the call is repeated.',
    },
    shownOnAws: 'log; retries',
  },
  AWS_UNAVAILABLE: {
    ...TRANSIENT,
    stage: 'storage',
    exit: 3,
    meaning: 'An AWS service did not answer, or it is busy.',
    remedy:
      'Wait: the call is repeated. If it persists, check the AWS Health Dashboard and the quotas of the service.',
    shownOnAws: 'log; retries',
  },
  LEASE_HELD: {
    ...TRANSIENT,
    stage: 'state',
    exit: 3,
    meaning: 'Another run holds the lease of this topic.',
    remedy: 'Wait until that run ends or its lease expires.',
    shownOnAws: 'outcome `AlreadyRunning`',
  },
  LEASE_LOST: {
    ...TRANSIENT,
    stage: 'state',
    exit: 3,
    meaning: 'Another run took the lease over. Nothing of this run was committed.',
    remedy: {
      embedded: 'Do nothing: the other run does the work.',
      aws: 'Do nothing: the other run does the work. If it happens often, raise `lease_seconds`.',
    },
    shownOnAws: 'failed execution, once',
  },
  CHECKPOINT_CONFLICT: {
    ...TRANSIENT,
    stage: 'state',
    exit: 3,
    meaning: 'The checkpoint moved during this run. Nothing of this run was committed.',
    remedy: {
      embedded: 'Run the command again.',
      aws: 'Wait: the next execution does the work. If it happens often, raise `lease_seconds`.',
    },
    shownOnAws: 'failed execution, once',
  },
  RAW_HISTORY_CHANGED: {
    ...HALT,
    stage: 'semantic',
    exit: 3,
    meaning: "RAW was overwritten, or the checkpoint is not an ancestor of RAW's current snapshot.",
    remedy: {
      embedded: 'Run `lean-ops rebuild {topic}` to derive the table from the rows that RAW still has.',
      aws: 'Stop the writer that rewrites RAW, such as an optimizer. Then start the state machine with `{"topic":"{topic}","kind":"rebuild"}`.',
    },
    shownOnAws: 'failed execution; the topic halts',
  },
  RAW_EXPIRED: {
    ...HALT,
    stage: 'semantic',
    exit: 3,
    meaning: 'Retention has removed RAW rows that rows of the semantic table stem from.',
    remedy: {
      embedded:
        'Run `lean-ops rebuild {topic} --keep-unreachable`, which carries those rows over as they are.',
      aws: 'Start the state machine with `{"topic":"{topic}","kind":"rebuild","keep_unreachable":true}`. It carries those rows over.',
    },
    shownOnAws: 'failed rebuild',
  },
  REBUILD_REQUIRED: {
    ...HALT,
    stage: 'semantic',
    exit: 3,
    meaning: 'The existing table cannot follow this change of the contract.',
    remedy: {
      embedded: 'Undo the change, or run `lean-ops rebuild {topic}`.',
      aws: 'Undo the change, or start the state machine with `{"topic":"{topic}","kind":"rebuild"}`.',
    },
    shownOnAws: 'failed execution',
  },
  FOREIGN_WRITE: {
    ...HALT,
    severity: 'error',
    stage: 'storage',
    exit: 3,
    meaning: 'A program other than Lean-Ops wrote a snapshot of the semantic table.',
    remedy: {
      embedded: 'Find the program that wrote it. `lean-ops rebuild {topic}` derives the table again.',
      aws: 'Find the writer in the snapshot summary and in CloudTrail. Then start the state machine with `{"topic":"{topic}","kind":"rebuild"}`.',
    },
    shownOnAws: 'residual',
  },
  JOB_FAILED: {
    ...TRANSIENT,
    severity: 'error',
    stage: 'semantic',
    exit: 3,
    meaning: 'The semantic job on AWS ended without the outcome of its batch.',
    remedy:
      'Read the log of the Glue run. The next execution finishes the stored batch. If memory ran out, raise `glue_workers` or `glue_worker_type`.',
    shownOnAws: 'failed execution',
  },
  TOPIC_HALTED: {
    ...HALT,
    stage: 'state',
    exit: 1,
    meaning: 'The topic is halted: more dead letters or rejected rows than its budget allows.',
    remedy: {
      embedded:
        'Look at `lean-ops dlq list {topic}` and `lean-ops errors {topic}`. Fix the producer or the contract, then run `lean-ops topic resume {topic}`.',
      aws: 'Look at `lean-ops errors {topic} --target aws`. Fix the producer or the contract, then run `lean-ops topic resume {topic} --target aws`.',
    },
    shownOnAws: 'alert',
  },
  DEAD_LETTER_DAMAGED: {
    ...HALT,
    stage: 'storage',
    exit: 3,
    meaning: 'The body of a dead letter is missing, or differs from what was received.',
    remedy: {
      embedded:
        'Restore data/ from a copy made by `lean-ops backup`. Or replay a repaired body with `lean-ops dlq replay {id} --with repaired.json`, or discard the dead letter.',
      aws: "Restore the object's previous version, or replay a repaired body with `lean-ops dlq replay {id} --with repaired.json --target aws`, or discard the dead letter.",
    },
    shownOnAws: '`dlq show`, `dlq replay`',
  },
} as const satisfies Record<string, ErrorSpec>;
