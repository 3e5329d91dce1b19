import { after } from 'node:test';
import { DynamoDBClient } from '@aws-sdk/client-dynamodb';
import { openDynamoStore } from '../../src/state/dynamodb/store.ts';
import { stateContract } from '../state/contract.ts';
import { startMoto } from './moto.ts';
import { createStateTables, deleteStateTables } from './state-tables.ts';

const moto = await startMoto();
const client = new DynamoDBClient(moto.settings);
after(async () => {
  client.destroy();
  await moto.stop();
});

let environments = 0;

stateContract('DynamoDB', async () => {
  environments += 1;
  const prefix = `lean-ops-test${environments}`;
  await createStateTables(client, prefix);
  const dead = new Set<string>();
  const open = () => openDynamoStore({ client, prefix, isOwnerDead: async (owner) => dead.has(owner) });
  return { one: open(), two: open(), dead, remove: () => deleteStateTables(client, prefix) };
});
