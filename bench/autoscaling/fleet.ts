import { type Load, Scaler, type ScalerSettings } from './scaler.js';

/** The replicas of a stage, through a day of seconds. */
export interface Fleet {
  /** @param images that are to be done, in their stores or on the queue @returns replicas that work */
  working(now: number, images: number): number;
  /** Once a second, after they have worked. */
  look?(now: number, load: Load, live: number): void;
  /** Replicas in each second, those that start among them. */
  paid(): readonly number[];
}

/** What a scaler is told; the real one sees all the work. */
export type Sight = (load: Load, live: number) => Load;

/** What KEDA and the HPA make of it. Scale-in loses nothing: what a replica has in hand it ends. */
export class ScaledFleet implements Fleet {
  private readonly scaler: Scaler;
  private readonly replicas: number[] = [];
  private starting: number[] = [];
  private ready: number;

  constructor(
    private readonly settings: ScalerSettings,
    private readonly startSeconds: number,
    private readonly sight: Sight = (load) => load,
  ) {
    this.scaler = new Scaler(settings);
    this.ready = settings.min;
  }

  working(now: number): number {
    this.ready += this.starting.filter((at) => at <= now).length;
    this.starting = this.starting.filter((at) => at > now);
    return this.ready;
  }

  look(now: number, load: Load, live: number): void {
    if (now % this.settings.pollSeconds === 0) this.poll(now, this.sight(load, live));
    this.replicas.push(this.ready + this.starting.length);
  }

  paid(): readonly number[] {
    return this.replicas;
  }

  private poll(now: number, load: Load): void {
    const current = this.ready + this.starting.length;
    const next = this.scaler.poll(now, { current, ready: this.ready }, load);
    for (let more = current; more < next; more++) this.starting.push(now + this.startSeconds);
    // Those that have not begun to work go first.
    const unstarted = Math.min(Math.max(0, current - next), this.starting.length);
    this.starting.splice(this.starting.length - unstarted, unstarted);
    this.ready -= Math.max(0, current - next) - unstarted;
  }
}
