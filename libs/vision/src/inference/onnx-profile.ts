import { z } from 'zod';

/** Events of ONNX Runtime's profile; times in microseconds. Each kernel says which provider ran it. */
const eventSchema = z.object({
  cat: z.string(),
  name: z.string(),
  ts: z.number(),
  dur: z.number(),
  args: z.object({ provider: z.string().optional() }).optional(),
});

/** Where the nodes of one run of a network were computed. */
export interface NodePlacement {
  readonly nodes: number;
  readonly nodesByProvider: ReadonlyMap<string, number>;
  /** Share of the run's time that nodes on the CPU took, 0 to 1. */
  readonly cpuShare: number;
}

/**
 * Reads the last run of a profile: the first pays for compiling kernels.
 * @throws Error when the text is no profile or holds no run
 */
export function readPlacement(profile: string): NodePlacement {
  const events = z.array(eventSchema).parse(JSON.parse(profile));
  const run = events.findLast(({ cat, name }) => cat === 'Session' && name === 'model_run');
  if (!run) throw new Error('the profile holds no run');
  const nodesByProvider = new Map<string, number>();
  let nodes = 0;
  let cpuTime = 0;
  for (const { ts, dur, args } of events) {
    const provider = args?.provider;
    if (provider === undefined || ts < run.ts || ts > run.ts + run.dur) continue;
    nodes++;
    nodesByProvider.set(provider, (nodesByProvider.get(provider) ?? 0) + 1);
    if (provider === CPU_PROVIDER) cpuTime += dur;
  }
  return { nodes, nodesByProvider, cpuShare: run.dur > 0 ? cpuTime / run.dur : 1 };
}

export const CPU_PROVIDER = 'CPUExecutionProvider';
