import {
  CreateTableCommand,
  GetTableCommand,
  type GlueClient,
  paginateGetTables,
  type TableInput,
  UpdateTableCommand,
} from '@aws-sdk/client-glue';
import { awsError } from '../../errors/aws-error.ts';
import { LeanOpsError } from '../../errors/error.ts';
import type { Catalog, TableRef, TableSwap } from '../../iceberg/catalog.ts';
import { currentSchema, type TableMetadata } from '../../iceberg/metadata.ts';
import { RAW_NAMESPACE } from '../../raw/table.ts';
import { SEMANTIC_NAMESPACE } from '../../semantic/tables.ts';
import { type AwsConfig, glueDatabase } from './config.ts';
import { errorName } from './error-name.ts';
import { glueColumns } from './glue-columns.ts';

const NAMESPACES = [RAW_NAMESPACE, SEMANTIC_NAMESPACE] as const;
const LOCATION = 'metadata_location';
const MISSING = 'EntityNotFoundException';

/** Glue's entry of one Iceberg table. */
interface GlueTable {
  readonly metadataLocation: string;
  /** The entry's version. An update names it, and Glue refuses the update if another writer was faster. */
  readonly versionId: string | undefined;
  readonly parameters: Readonly<Record<string, string>>;
}

/** The Glue Data Catalog, with Iceberg's own convention: a table's parameters name its metadata file. */
export interface GlueCatalog extends Catalog {
  /**
   * Creates the table, or moves its pointer. Throws COMMIT_CONFLICT if another writer moved it first. After a lost answer
   * the catalog is read again before that is decided.
   */
  swap(swap: TableSwap, metadata: TableMetadata): Promise<void>;
}

/** The Glue Data Catalog as Iceberg catalog. Its `swap` throws COMMIT_CONFLICT if another writer moved the table. */
export function glueCatalog(client: GlueClient, config: Pick<AwsConfig, 'glueDatabasePrefix'>): GlueCatalog {
  const database = (namespace: string): string => glueDatabase(config, namespace);
  const find = (ref: TableRef): Promise<GlueTable | null> => findTable(client, database(ref.namespace), ref);
  return {
    metadataLocation: async (ref) => (await find(ref))?.metadataLocation ?? null,
    tables: async () => {
      const all = await Promise.all(
        NAMESPACES.map((namespace) => tableNames(client, database(namespace), namespace)),
      );
      return all.flat();
    },
    swap: async (swap, metadata) => {
      const before = await find(swap.table);
      if ((before?.metadataLocation ?? null) !== swap.expected) throw conflict(swap);
      const input = tableInput(swap, metadata, before);
      try {
        await write(client, database(swap.table.namespace), input, before);
      } catch (cause) {
        if ((await find(swap.table))?.metadataLocation === swap.next) return;
        throw isConflict(cause) ? conflict(swap, cause) : awsError(`moving ${nameOf(swap.table)}`, cause);
      }
    },
  };
}

async function findTable(
  client: GlueClient,
  DatabaseName: string,
  { name }: TableRef,
): Promise<GlueTable | null> {
  try {
    const { Table } = await client.send(new GetTableCommand({ DatabaseName, Name: name }));
    const parameters = Table?.Parameters ?? {};
    const metadataLocation = parameters[LOCATION];
    if (metadataLocation !== undefined) return { metadataLocation, versionId: Table?.VersionId, parameters };
  } catch (cause) {
    if (errorName(cause) === MISSING) return null;
    throw awsError(`reading table ${DatabaseName}.${name}`, cause);
  }
  throw new LeanOpsError('TABLE_UNSUPPORTED', {
    operation: `reading table ${DatabaseName}.${name}`,
    detail: `its Glue entry has no ${LOCATION}, so it is not an Iceberg table`,
  });
}

async function tableNames(
  client: GlueClient,
  DatabaseName: string,
  namespace: string,
): Promise<readonly TableRef[]> {
  const refs: TableRef[] = [];
  try {
    for await (const page of paginateGetTables({ client }, { DatabaseName })) {
      for (const { Name, Parameters } of page.TableList ?? []) {
        if (Name !== undefined && Parameters?.[LOCATION] !== undefined) refs.push({ namespace, name: Name });
      }
    }
  } catch (cause) {
    throw awsError(`listing the tables of ${DatabaseName}`, cause);
  }
  return refs;
}

function tableInput(swap: TableSwap, metadata: TableMetadata, before: GlueTable | null): TableInput {
  return {
    Name: swap.table.name,
    TableType: 'EXTERNAL_TABLE',
    Parameters: {
      ...before?.parameters,
      table_type: 'ICEBERG',
      [LOCATION]: swap.next,
      ...(before === null ? {} : { previous_metadata_location: before.metadataLocation }),
    },
    StorageDescriptor: { Location: metadata.location, Columns: glueColumns(currentSchema(metadata)) },
  };
}

async function write(
  client: GlueClient,
  DatabaseName: string,
  TableInput: TableInput,
  before: GlueTable | null,
): Promise<void> {
  if (before === null) {
    await client.send(new CreateTableCommand({ DatabaseName, TableInput }));
    return;
  }
  // Glue refuses an update whose VersionId is not the newest. Archiving each version would reach Glue's quota.
  const VersionId = before.versionId;
  await client.send(new UpdateTableCommand({ DatabaseName, TableInput, VersionId, SkipArchive: true }));
}

function isConflict(cause: unknown): boolean {
  return ['AlreadyExistsException', 'ConcurrentModificationException'].includes(errorName(cause) ?? '');
}

function conflict(swap: TableSwap, cause?: unknown): LeanOpsError {
  return new LeanOpsError('COMMIT_CONFLICT', {
    operation: `moving ${nameOf(swap.table)}`,
    detail:
      swap.expected === null
        ? 'another writer created the table'
        : `another writer moved the table on from ${swap.expected}`,
    cause,
  });
}

function nameOf({ namespace, name }: TableRef): string {
  return `${namespace}.${name}`;
}
