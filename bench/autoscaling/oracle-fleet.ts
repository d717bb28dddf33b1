import { type Fleet } from './fleet.js';
import { type Installation } from './installation.js';
import { type ScalerSettings } from './scaler.js';

/** Knows the day: as many replicas as there is work for, each started in time. */
export class OracleFleet implements Fleet {
  private readonly needed: number[] = [];

  constructor(
    private readonly settings: Pick<ScalerSettings, 'min' | 'max'>,
    private readonly installation: Installation,
  ) {}

  working(_: number, images: number): number {
    const { min, max } = this.settings;
    const replicas = Math.ceil(images / this.installation.imagesPerSecond);
    this.needed.push(Math.min(max, Math.max(min, replicas)));
    return this.needed.at(-1)!;
  }

  /** A replica is there, or starts, from its start-up time before it is needed on. */
  paid(): readonly number[] {
    const { startSeconds } = this.installation;
    return this.needed.map((_, now) => Math.max(...this.needed.slice(now, now + startSeconds + 1)));
  }
}
