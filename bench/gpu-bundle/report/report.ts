import { type Machine } from '../machine/describe-machine.js';
import { type NetworkCost } from '../networks/network-cost.js';
import { type ProviderResult } from './provider-result.js';

/** All that a run of the bench found, as its JSON has it. */
export interface Report {
  readonly machine: Machine;
  readonly seconds: number;
  /** Of FaceNet-512, for one face. */
  readonly network: NetworkCost;
  /** On what the run was set up with. */
  readonly notes: readonly string[];
  readonly results: readonly ProviderResult[];
}

export interface Rates {
  readonly facesPerSecond: number;
  /** Without copying pixels to the device. */
  readonly residentFacesPerSecond: number;
  /** FLOP/s and bytes/s that FaceNet needs at that rate, and their shares of the device's ceilings. */
  readonly flops: number;
  readonly flopsShare: number | null;
  readonly bytes: number;
  readonly bytesShare: number | null;
}

/** What a batch comes to; shares are of the best the same provider did at the same precision. */
export function rates(
  { batch, copied, resident }: ProviderResult['batches'][number],
  { precision, ceilings }: ProviderResult,
  { flop, moved, weights }: NetworkCost,
): Rates {
  const perSecond = (name: string) =>
    ceilings.find((ceiling) => ceiling.name === name)?.perSecond ?? 0;
  const seconds = resident.medianMs / 1000;
  const flops = (flop * batch) / seconds;
  const bytes = ((moved * batch + weights) * (precision === 'fp16' ? 2 : 4)) / seconds;
  return {
    facesPerSecond: (batch / copied.medianMs) * 1000,
    residentFacesPerSecond: batch / seconds,
    flops,
    flopsShare: share(flops, Math.max(perSecond('matmul'), perSecond('conv'))),
    bytes,
    bytesShare: share(bytes, perSecond('memory')),
  };
}

function share(value: number, ceiling: number): number | null {
  return ceiling === 0 ? null : value / ceiling;
}
