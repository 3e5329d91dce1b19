import assert from 'node:assert/strict';
import { after, before, suite, test } from 'node:test';
import { CreateDatabaseCommand, GetTableCommand, GlueClient, UpdateTableCommand } from '@aws-sdk/client-glue';
import { CreateBucketCommand, S3Client } from '@aws-sdk/client-s3';
import { ensureRawTable } from '../../src/aws/control/raw-table.ts';
import { awsConfigFrom } from '../../src/aws/deployment/config.ts';
import { type GlueCatalog, glueCatalog } from '../../src/aws/deployment/glue-catalog.ts';
import { s3Files } from '../../src/aws/deployment/s3-files.ts';
import type { FileIO } from '../../src/iceberg/file-io.ts';
import { loadTable } from '../../src/iceberg/table.ts';
import { fails } from '../state/contract.ts';
import { type Moto, startMoto } from './moto.ts';

suite('tables on S3 and in the Glue catalog', () => {
  let moto: Moto;
  let files: FileIO;
  let catalog: GlueCatalog;
  let glue: GlueClient;
  const deployment = () => ({
    files,
    catalog,
    clock: () => 1_700_000_000_000_000n,
    paths: { warehouse: 's3://tables' },
  });

  before(async () => {
    moto = await startMoto();
    const s3 = new S3Client({ ...moto.settings, forcePathStyle: true });
    glue = new GlueClient(moto.settings);
    await s3.send(
      new CreateBucketCommand({
        Bucket: 'tables',
        CreateBucketConfiguration: { LocationConstraint: 'eu-central-1' },
      }),
    );
    for (const namespace of ['raw', 'semantic'])
      await glue.send(new CreateDatabaseCommand({ DatabaseInput: { Name: `lean_ops_t_${namespace}` } }));
    files = s3Files(s3);
    catalog = glueCatalog(glue, { glueDatabasePrefix: 'lean_ops_t' });
  });
  after(() => moto.stop());

  test('a file is written once; the same bytes again count as a repeated put', async () => {
    const place = 's3://tables/a folder/ä#1.bin';
    await files.write(place, Buffer.from('one'));
    await files.write(place, Buffer.from('one'));
    await assert.rejects(files.write(place, Buffer.from('two')), fails('INTERNAL'));
    assert.equal(Buffer.from(await files.read(place)).toString(), 'one');
    assert.equal(await files.exists(place), true);
    assert.deepEqual(
      (await files.list('s3://tables/a folder')).map(({ location, size }) => [location, size]),
      [[place, 3n]],
    );
    await files.remove(place);
    await files.remove(place);
    assert.equal(await files.exists(place), false);
    await assert.rejects(files.read(place), fails('METADATA_INVALID_FILE'));
    await assert.rejects(files.read('file:///etc/passwd'), fails('METADATA_INVALID_FILE'));
  });

  test('lists more files than one page contains', async () => {
    for (let index = 0; index < 1_005; index += 1)
      await files.write(`s3://tables/many/${index}`, Buffer.of(1));
    assert.equal((await files.list('s3://tables/many')).length, 1_005);
    assert.deepEqual(await files.list('s3://tables/man'), []);
  });

  test('creates a RAW table partitioned by day, once, and readers of the catalog see it', async () => {
    const made = await ensureRawTable(deployment(), 'orders');
    assert.equal(made, 'created');
    assert.equal(await ensureRawTable(deployment(), 'orders'), 'unchanged');
    const table = await loadTable(files, catalog, { namespace: 'raw', name: 'orders' });
    const spec = table?.metadata['partition-specs'][0];
    assert.deepEqual(
      spec?.fields.map(({ transform, name }) => [transform, name]),
      [['day', 'ingestion_ts_day']],
    );
    assert.equal(table?.metadata.location, 's3://tables/raw/orders');
    const { Table } = await glue.send(
      new GetTableCommand({ DatabaseName: 'lean_ops_t_raw', Name: 'orders' }),
    );
    assert.equal(Table?.Parameters?.table_type, 'ICEBERG');
    assert.equal(
      Table?.StorageDescriptor?.Columns?.find(({ Name }) => Name === 'ingestion_ts')?.Type,
      'timestamp',
    );
    assert.deepEqual(await catalog.tables(), [{ namespace: 'raw', name: 'orders' }]);
  });

  test('a pointer that another writer moved is not overwritten', async () => {
    await ensureRawTable(deployment(), 'races');
    const ref = { namespace: 'raw', name: 'races' };
    const table = await loadTable(files, catalog, ref);
    assert.ok(table?.metadataLocation);
    const swap = {
      table: ref,
      expected: table.metadataLocation,
      next: 's3://tables/raw/races/metadata/next',
    };
    await catalog.swap(swap, table.metadata);
    assert.equal(await catalog.metadataLocation(ref), swap.next);
    await assert.rejects(catalog.swap(swap, table.metadata), fails('COMMIT_CONFLICT'));
    await assert.rejects(catalog.swap({ ...swap, expected: null }, table.metadata), fails('COMMIT_CONFLICT'));
  });

  test('a missing table is null; a Glue table of another kind is refused', async () => {
    assert.equal(await catalog.metadataLocation({ namespace: 'raw', name: 'nothing' }), null);
    await glue.send(
      new UpdateTableCommand({
        DatabaseName: 'lean_ops_t_raw',
        TableInput: { Name: 'races', Parameters: { classification: 'json' } },
      }),
    );
    await assert.rejects(
      catalog.metadataLocation({ namespace: 'raw', name: 'races' }),
      fails('TABLE_UNSUPPORTED'),
    );
  });

  test('an endpoint that does not answer is unavailable, not a bug', async () => {
    const dead = s3Files(
      new S3Client({
        ...moto.settings,
        endpoint: 'http://127.0.0.1:9',
        forcePathStyle: true,
        maxAttempts: 1,
      }),
    );
    await assert.rejects(dead.read('s3://tables/x'), fails('AWS_UNAVAILABLE'));
    await assert.rejects(files.read('s3://no-such-bucket/x'), fails('AWS_REFUSED'));
  });
});

test('an incomplete environment is refused with every missing variable', () => {
  assert.throws(
    () => awsConfigFrom({ LEAN_OPS_ENV: 'dev', LEAN_OPS_PREFIX: '' }),
    (error: Error) => {
      assert.match(error.message, /^CONFIG_INVALID/);
      assert.doesNotMatch(error.message, /LEAN_OPS_ENV\b/);
      assert.match(
        error.message,
        /LEAN_OPS_PREFIX, LEAN_OPS_WAREHOUSE_BUCKET, .*LEAN_OPS_GLUE_DATABASE_PREFIX/,
      );
      return true;
    },
  );
});
