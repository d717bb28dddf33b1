import { readdirSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';
import { PROJECT, readProjectFile } from '../deploy/support/project.js';

const place = z.object({ x: z.number(), y: z.number(), w: z.number(), h: z.number() });
export const panelSchema = z.object({
  id: z.number(),
  type: z.string(),
  title: z.string().min(1),
  gridPos: place,
  datasource: z.object({ uid: z.string() }).optional(),
  fieldConfig: z.object({ defaults: z.object({ unit: z.string() }) }).optional(),
  targets: z.array(z.object({ expr: z.string(), refId: z.string() })).default([]),
});
export type Panel = z.output<typeof panelSchema>;

export const dashboardSchema = z.object({
  uid: z.string().min(1),
  title: z.string().min(1),
  schemaVersion: z.number(),
  templating: z.object({ list: z.array(z.object({ name: z.string() })) }),
  panels: z.array(panelSchema).min(1),
});
export type Dashboard = z.output<typeof dashboardSchema>;

const duration = z.string().regex(/^(\d+(ms|[smhdwy]))+$/);

/** Rules as Prometheus reads them: it rejects unknown fields. */
export const rulesSchema = z.strictObject({
  groups: z.array(
    z.strictObject({
      name: z.string(),
      rules: z.array(
        z.strictObject({
          alert: z.string().regex(/^[A-Z]\w+$/),
          expr: z.string(),
          for: duration.optional(),
          labels: z.strictObject({ severity: z.enum(['page', 'ticket']) }),
          annotations: z.strictObject({ summary: z.string(), runbook: z.string() }),
        }),
      ),
    }),
  ),
});

function filesOf(folder: string): string[] {
  return readdirSync(path.join(PROJECT, folder)).map((name) => path.join(folder, name));
}

export function dashboards(): Dashboard[] {
  return filesOf('observability/grafana/dashboards').map((file) =>
    dashboardSchema.parse(JSON.parse(readProjectFile(file))),
  );
}

export const ALERT_FILES = filesOf('observability/alerts');

export function alertGroups() {
  return ALERT_FILES.flatMap((file) => rulesSchema.parse(parse(readProjectFile(file))).groups);
}

export function alerts() {
  return alertGroups().flatMap(({ rules }) => rules);
}

/** Every query of dashboards and alerts. */
export function allQueries(): string[] {
  const panels = dashboards().flatMap((dashboard) => dashboard.panels);
  const shown = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr));
  return [...shown, ...alerts().map(({ expr }) => expr)];
}
