import { z } from 'zod';

/** The part of ONNX Runtime's profile that tells where a node ran: one event per node and run. */
const profileSchema = z.array(
  z.object({
    cat: z.string(),
    name: z.string(),
    args: z.object({ provider: z.string().optional() }).optional(),
  }),
);

/** Nodes of a network by the execution provider that ran them, from the profile of one run. */
export function nodesByProvider(profile: string): Record<string, number> {
  const nodes: Record<string, number> = {};
  for (const { cat, name, args } of profileSchema.parse(JSON.parse(profile))) {
    if (cat !== 'Node' || !name.endsWith('_kernel_time') || !args?.provider) continue;
    nodes[args.provider] = (nodes[args.provider] ?? 0) + 1;
  }
  return nodes;
}
