import {
  CreateTableCommand,
  DeleteTableCommand,
  type DynamoDBClient,
  type KeySchemaElement,
} from '@aws-sdk/client-dynamodb';
import {
  STATE_TABLES,
  type StateTable,
  type StateTableId,
  stateTableName,
} from '../../src/state/dynamodb/tables.ts';

const TABLES = Object.entries(STATE_TABLES) as readonly (readonly [StateTableId, StateTable])[];

/** Creates the tables with the keys that Terraform declares. */
export async function createStateTables(client: DynamoDBClient, prefix: string): Promise<void> {
  for (const [id, { hash, range }] of TABLES) {
    const keys = range === null ? [hash] : [hash, range];
    const schema: KeySchemaElement[] = [{ AttributeName: hash.name, KeyType: 'HASH' }];
    if (range !== null) schema.push({ AttributeName: range.name, KeyType: 'RANGE' });
    await client.send(
      new CreateTableCommand({
        TableName: stateTableName(prefix, id),
        BillingMode: 'PAY_PER_REQUEST',
        AttributeDefinitions: keys.map(({ name, type }) => ({ AttributeName: name, AttributeType: type })),
        KeySchema: schema,
      }),
    );
  }
}

/** Deletes the tables of one environment. */
export async function deleteStateTables(client: DynamoDBClient, prefix: string): Promise<void> {
  for (const [id] of TABLES)
    await client.send(new DeleteTableCommand({ TableName: stateTableName(prefix, id) }));
}
