import { z } from 'zod';
import { LeanOpsError } from '../../errors/error.ts';
import { tableName } from '../../iceberg/catalog.ts';
import { loadTable } from '../../iceberg/table.ts';
import type { MaintenanceActionKind } from '../../state/maintenance.ts';
import type { AwsDeployment } from '../deployment/aws-deployment.ts';
import { sparkMaintenanceDocument } from '../spark/maintenance.ts';
import { artifactUris, readArtifact, readOutcome, sparkNames } from './artifacts.ts';
import { dueTables, figuresOf } from './due-tables.ts';
import { jobArguments } from './job-arguments.ts';
import { type Holder, leaseOf } from './lease.ts';
import type { NextWork } from './next-batch.ts';
import { retainRaw } from './retain-raw.ts';

const figure = z.number().int();

/** The part of the plan that completing it needs (src/aws/spark/maintenance.ts). */
const PLAN = z.object({
  started_at_micros: z.string().regex(/^\d+$/).transform(BigInt),
  maintenance: z.array(
    z.object({
      table: z.string(),
      namespace: z.string(),
      name: z.string(),
      before: z.record(z.string(), figure),
    }),
  ),
});

const OUTCOME = z.object({
  batch_id: z.string(),
  maintenance: z.array(z.object({ table: z.string(), action: z.string(), rows: figure })),
});

type Figures = Readonly<Record<string, number>>;

/** What maintenance did to one table. */
export interface MaintainedTable {
  readonly before: Figures;
  readonly after: Figures;
}

/**
 * The maintenance that is due, if any. It needs no stored intent: each step is one commit of Iceberg that changes no query
 * result, and the next run does what this one leaves. A batch that another run left under way may wait, because nothing
 * that it needs expires. Retention runs first and needs no job. Called again under the same lease, it returns the same
 * maintenance.
 */
export async function nextMaintenance(
  deployment: AwsDeployment,
  holder: Holder,
  leaseSeconds: number,
): Promise<NextWork> {
  const { topic, fencingToken } = holder;
  const removed = await retainRaw(deployment, holder, leaseSeconds);
  const now = deployment.clock();
  const checkpoint = await deployment.store.checkpoint(topic);
  const tables = await dueTables(deployment, checkpoint, now);
  if (tables.length === 0)
    return { outcome: 'nothing', result: removed ? 'Maintained' : 'NothingToMaintain' };
  const id = `maintain-${fencingToken}`;
  const scope = { id, now, tables };
  const document = sparkMaintenanceDocument(topic, sparkNames(deployment.config), scope);
  const { plan } = artifactUris(deployment.config, topic, id);
  await deployment.putObject(plan, Buffer.from(JSON.stringify(document)));
  return {
    outcome: 'batch',
    id,
    following: 'end',
    jobArguments: jobArguments(deployment.config, holder, id, false),
  };
}

/**
 * Records what the job did to each table, under the lease. Called again, it writes the same records. Throws LEASE_LOST,
 * JOB_FAILED if the job wrote no outcome of this maintenance.
 */
export async function completeMaintenance(
  deployment: AwsDeployment,
  holder: Holder,
  id: string,
): Promise<Readonly<Record<string, MaintainedTable>>> {
  const { topic } = holder;
  const outcome = await readOutcome(deployment, topic, id, OUTCOME);
  const { plan } = artifactUris(deployment.config, topic, id);
  const written = await readArtifact(deployment, topic, plan, PLAN);
  const { started_at_micros: startedAt, maintenance } = written;
  const changes: Record<string, MaintainedTable> = {};
  for (const { table, before, ...ref } of maintenance) {
    const now = await loadTable(deployment.files, deployment.catalog, ref);
    if (now === null) throw gone(topic, tableName(ref));
    const after = figuresOf(now.metadata);
    const record = (action: MaintenanceActionKind, from: Figures, to: Figures) =>
      deployment.store.recordMaintenance(leaseOf(holder), {
        table: tableName(ref),
        action,
        startedAt,
        endedAt: deployment.clock(),
        before: from,
        after: to,
      });
    await record('compact', files(before), files(after));
    await record('expire-snapshots', snapshots(before), snapshots(after));
    const done = outcome.maintenance.find(
      (each) => each.table === table && each.action === 'remove_orphan_files',
    );
    const orphans = done?.rows ?? 0;
    if (orphans > 0) await record('remove-orphans', { orphans }, { orphans: 0 });
    changes[tableName(ref)] = { before, after };
  }
  return changes;
}

const files = ({ snapshots: _snapshots, ...rest }: Figures): Figures => rest;
const snapshots = ({ snapshots: number = 0 }: Figures): Figures => ({ snapshots: number });

function gone(topic: string, table: string): LeanOpsError {
  return new LeanOpsError('JOB_FAILED', {
    operation: `ending the maintenance of ${topic}`,
    detail: `the catalog no longer has a table ${table}`,
  });
}
