import { prepareAppend } from '../../src/iceberg/append.ts';
import type { PreparedCommit } from '../../src/iceberg/commit.ts';
import { evolveTable, replaceDefinition, type TableDefinition } from '../../src/iceberg/define.ts';
import { localFiles } from '../../src/iceberg/local-files.ts';
import type { PartitionDefinition } from '../../src/iceberg/partition.ts';
import { prepareReplace } from '../../src/iceberg/replace.ts';
import { prepareRowDelta } from '../../src/iceberg/row-delta.ts';
import type { ColumnDefinition } from '../../src/iceberg/schema.ts';
import type { Table } from '../../src/iceberg/table.ts';
import { context, dataFiles, deletesWhere, newTable, type Workbench } from '../iceberg/workbench.ts';

/** A table that grows by steps. Each step is a commit. */
export interface TableCase {
  readonly name: string;
  /** icebird 0.3 cannot read Avro's fixed type, which decimals in partition tuples have. */
  readonly icebird: boolean;
  readonly build: (step: CaseSteps) => Promise<void>;
}

export interface CaseSteps {
  readonly bench: Workbench;
  readonly create: (definition: TableDefinition, select: string) => Promise<void>;
  readonly append: (select: string) => Promise<void>;
  readonly upsert: (condition: string, select: string) => Promise<void>;
  readonly evolve: (definition: TableDefinition, condition: string, select: string) => Promise<void>;
  readonly replace: (definition: TableDefinition, select: string) => Promise<void>;
}

export const column = (name: string, type: string, required = false): ColumnDefinition => ({
  name,
  type,
  required,
});

const COLUMNS: readonly ColumnDefinition[] = [
  column('id', 'long', true),
  column('name', 'string'),
  column('amount', 'decimal(38, 9)'),
  column('ratio', 'double'),
  column('small', 'int'),
  column('share', 'float'),
  column('day', 'date'),
  column('happened', 'timestamptz'),
  column('good', 'boolean'),
  column('filename', 'string'),
  column('price', 'decimal(5, 2)'),
  column('fee', 'decimal(9, 2)'),
];

export const definition = (partition: readonly PartitionDefinition[], columns = COLUMNS): TableDefinition => {
  return { columns, partition, properties: {} };
};

/** Rows with nulls, signs, accents, quotes, times before 1970, in every type. */
export function rows(from: number, to: number, extra = ''): string {
  return `SELECT i::BIGINT AS id,
    CASE WHEN i % 11 = 0 THEN NULL WHEN i % 11 = 1 THEN '' ELSE 'näme ''' || (i % 7) || '" 😀/=%' END AS name,
    CASE WHEN i % 5 = 0 THEN NULL ELSE ((i - 50) * 1.000000001)::DECIMAL(38, 9) END AS amount,
    CASE WHEN i % 13 = 0 THEN NULL ELSE (i - 50) / 7.0::DOUBLE END AS ratio,
    (i * 31 % 1000 - 500)::INTEGER AS small, ((i % 4) / 4)::FLOAT AS share,
    DATE '1969-12-28' + i::INTEGER AS day,
    CASE WHEN i % 17 = 0 THEN NULL ELSE TIMESTAMPTZ '1969-12-31 12:00:00.000001+00' + INTERVAL (i * 3) HOUR END AS happened,
    i % 2 = 0 AS good, 'f' || (i % 3) AS filename,
    ((i - 50) * 1.25)::DECIMAL(5, 2) AS price, ((i - 50) * 1.25)::DECIMAL(9, 2) AS fee ${extra}
    FROM range(${from}, ${to}) t(i)`;
}

export const CASES: readonly TableCase[] = [
  {
    name: 'plain',
    icebird: true,
    build: async (step) => {
      await step.create(definition([]), rows(0, 100));
      await step.append(rows(100, 150));
      await step.upsert('id % 10 = 3', rows(93, 120));
      await step.upsert('id BETWEEN 40 AND 60', rows(0, 0));
    },
  },
  {
    name: 'by_day',
    icebird: true,
    build: async (step) => {
      await step.create(definition([{ column: 'happened', transform: 'day' }]), rows(0, 100));
      await step.upsert('id % 10 = 3', rows(93, 120));
      await step.upsert('id % 10 = 4', rows(0, 0));
    },
  },
  {
    name: 'by_bucket',
    icebird: true,
    build: async (step) => {
      const partition = ['id', 'name', 'amount', 'day', 'happened'].map((name) => ({
        column: name,
        transform: 'bucket[3]',
      }));
      await step.create(definition(partition), rows(0, 100));
      await step.upsert('id % 7 = 3', rows(200, 220));
    },
  },
  {
    name: 'by_others',
    icebird: true,
    build: async (step) => {
      const partition = [
        { column: 'name', transform: 'identity' },
        { column: 'good', transform: 'identity' },
        { column: 'happened', transform: 'month' },
      ];
      await step.create(definition(partition), rows(0, 60));
      await step.upsert('id % 7 = 3', rows(200, 220));
      await step.evolve(
        definition([
          { column: 'happened', transform: 'hour' },
          { column: 'day', transform: 'identity' },
        ]),
        'id = 5',
        rows(300, 310),
      );
      await step.evolve(definition([{ column: 'day', transform: 'month' }]), 'id = 300', rows(400, 420));
    },
  },
  {
    name: 'by_numbers',
    icebird: false,
    build: async (step) => {
      const partition = ['price', 'small', 'day'].map((name) => ({ column: name, transform: 'identity' }));
      await step.create(definition(partition), rows(0, 30));
      await step.upsert('id % 7 = 3', rows(200, 210));
    },
  },
  {
    name: 'evolved',
    icebird: true,
    build: async (step) => {
      await step.create(definition([{ column: 'day', transform: 'month' }]), rows(0, 50));
      const wider = COLUMNS.filter((known) => known.name !== 'good').map((known) => {
        if (known.name === 'small') return column('small', 'long');
        if (known.name === 'price') return column('price', 'decimal(12, 2)');
        if (known.name === 'fee') return column('fee', 'decimal(30, 2)');
        return known.name === 'share' ? column('share', 'double') : known;
      });
      const next = definition(
        [{ column: 'id', transform: 'bucket[2]' }],
        [...wider, column('added', 'string')],
      );
      const select = `SELECT * REPLACE (small::BIGINT AS small, share::DOUBLE AS share,
        price::DECIMAL(12, 2) AS price, fee::DECIMAL(30, 2) AS fee) FROM (${rows(45, 70, ", 'new' AS added")})`;
      await step.evolve(next, 'id >= 45', select);
      await step.upsert('id % 9 = 0', select.replace('45, 70', '500, 510'));
    },
  },
  {
    name: 'replaced',
    icebird: true,
    build: async (step) => {
      await step.create(definition([{ column: 'happened', transform: 'day' }]), rows(0, 40));
      await step.upsert('id < 5', rows(40, 50));
      const columns = [column('id', 'string', true), column('name', 'string'), column('late', 'boolean')];
      await step.replace(
        definition([{ column: 'name', transform: 'bucket[2]' }], columns),
        "SELECT 'k' || i AS id, 'n' || (i % 3) AS name, true AS late FROM range(20) t(i)",
      );
      await step.upsert("id = 'k3'", "SELECT 'k3' AS id, 'again' AS name, false AS late");
    },
  },
];

/** The steps of a case. `commit` is the catalog's swap. */
export function stepsOf(
  bench: Workbench,
  name: string,
  commit: (prepared: PreparedCommit) => Table,
): CaseSteps {
  const ref = { namespace: 'semantic', name };
  let table: Table | null = null;
  const current = (): Table => {
    if (table === null) throw new Error('create comes first');
    return table;
  };
  const delta = async (planned: Table, condition: string, select: string) => {
    const deleteFiles = await deletesWhere(bench, current(), condition);
    const added = await dataFiles(bench, planned, select);
    table = commit(await prepareRowDelta(localFiles, planned, { dataFiles: added, deleteFiles }, context()));
  };
  return {
    bench,
    create: async (wanted, select) => {
      const created = newTable(bench, ref, wanted);
      table = commit(
        await prepareAppend(localFiles, created, await dataFiles(bench, created, select), context()),
      );
    },
    append: async (select) => {
      table = commit(
        await prepareAppend(localFiles, current(), await dataFiles(bench, current(), select), context()),
      );
    },
    upsert: (condition, select) => delta(current(), condition, select),
    evolve: (wanted, condition, select) => delta(evolveTable(current(), wanted), condition, select),
    replace: async (wanted, select) => {
      const planned = replaceDefinition(current(), wanted);
      table = commit(
        await prepareReplace(localFiles, planned, await dataFiles(bench, planned, select), context()),
      );
    },
  };
}
