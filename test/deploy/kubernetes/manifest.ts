import { z } from 'zod';

/** What every Kubernetes object has; `manifestProblems` holds the rest against the API's schemas. */
export const manifestSchema = z.looseObject({
  apiVersion: z.string(),
  kind: z.string(),
  metadata: z.looseObject({
    name: z.string().optional(),
    generateName: z.string().optional(),
    namespace: z.string().optional(),
    labels: z.record(z.string(), z.string()).default({}),
  }),
});
export type Manifest = z.output<typeof manifestSchema>;

/** How people speak of it: `Deployment ingest`. */
export function titleOf({ kind, metadata }: Manifest): string {
  return `${kind} ${metadata.name ?? metadata.generateName ?? ''}`;
}

export function ofKind(manifests: readonly Manifest[], kind: string): Manifest[] {
  return manifests.filter((manifest) => manifest.kind === kind);
}
