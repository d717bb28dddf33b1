import { seededRandom } from '#models/accuracy/people-bootstrap.js';

export type ServiceName = 'ingest' | 'embedder' | 'matcher';
/** Dependencies that can become unavailable or lose their connections. */
export type Dependency = 'redis' | 'objects' | 'vectors';

/** `pick` (0 to 1) chooses one of the targets that exist when the fault is injected. Times are milliseconds. */
export type Fault = { readonly atMs: number } & (
  | { readonly kind: 'kill'; readonly target: ServiceName | 'redis'; readonly pick: number }
  | { readonly kind: 'kill-thread'; readonly target: 'embedder' | 'matcher'; readonly pick: number }
  | {
      readonly kind: 'pause';
      readonly target: ServiceName;
      readonly pick: number;
      readonly durationMs: number;
    }
  | {
      readonly kind: 'vanish';
      readonly target: Dependency;
      /** `refuse`: connections are refused. `silent`: data arrives only when the dependency is available again. */
      readonly how: 'refuse' | 'silent';
      readonly durationMs: number;
    }
  | { readonly kind: 'cut'; readonly target: Dependency; readonly afterBytes: number }
  | {
      readonly kind: 'duplicate';
      readonly target: 'embed-image' | 'match-faces';
      readonly sameId: boolean;
      readonly picks: readonly number[];
    }
);

type Plan = Pick<Fault, 'kind' | 'target'>;

export interface ScheduleOptions {
  readonly seed: number;
  readonly round: number;
  /** Processes and threads killed. */
  readonly kills: number;
  /** Faults of the other kinds. */
  readonly others: number;
  readonly store: 'folder' | 's3';
  readonly vectorStore: 'embedded' | 'qdrant';
  /** Job lock time: pauses of a process last longer. */
  readonly lockMs: number;
}

const GAP_MS = [150, 1_500] as const;
const UNAVAILABLE_MS = [200, 4_000] as const;
const COPIES = 6;

/** Plans all faults and their times. The same options give the same plan. Each kind of fault occurs. */
export function planFaults(options: ScheduleOptions): Fault[] {
  const random = seededRandom((options.seed * 1_000_003 + options.round) | 0);
  const plans = shuffled(random, [
    ...deal(random, killPlans(options), options.kills),
    ...deal(random, otherPlans(options), options.others),
  ]);
  let atMs = 0;
  return plans.map((plan) => {
    atMs += Math.round(between(random, ...GAP_MS));
    return { atMs, ...fill(random, plan, options.lockMs) } as Fault;
  });
}

export function isKill({ kind }: Fault): boolean {
  return kind === 'kill' || kind === 'kill-thread';
}

/** The name in progress lines and in the report. */
export function nameOf({ kind, target }: Plan): string {
  return `${kind} ${target}`;
}

function killPlans({ vectorStore }: ScheduleOptions): Plan[] {
  const twice = (['embedder', 'matcher'] as const).flatMap((name) => [name, name]);
  return [
    ...(['ingest', 'redis', ...twice] as const).map(
      (target) => ({ kind: 'kill', target }) as const,
    ),
    { kind: 'kill-thread', target: 'embedder' },
    // The matcher's only thread is the one of the embedded store.
    ...(vectorStore === 'embedded' ? [{ kind: 'kill-thread', target: 'matcher' } as const] : []),
  ];
}

function otherPlans({ store, vectorStore }: ScheduleOptions): Plan[] {
  const served: Dependency[] = ['redis'];
  if (store === 's3') served.push('objects');
  if (vectorStore === 'qdrant') served.push('vectors');
  const dependencies: Dependency[] = store === 'folder' ? [...served, 'objects'] : served;
  const services = ['ingest', 'embedder', 'matcher'] as const;
  const queues = ['embed-image', 'match-faces'] as const;
  return [
    ...dependencies.map((target) => ({ kind: 'vanish', target }) as const),
    ...served.map((target) => ({ kind: 'cut', target }) as const),
    ...services.map((target) => ({ kind: 'pause', target }) as const),
    ...queues.map((target) => ({ kind: 'duplicate', target }) as const),
  ];
}

function fill(random: () => number, plan: Plan, lockMs: number): object {
  switch (plan.kind) {
    case 'kill':
    case 'kill-thread':
      return { ...plan, pick: random() };
    case 'pause':
      return { ...plan, pick: random(), durationMs: Math.round(lockMs * between(random, 1.2, 3)) };
    case 'vanish': {
      const how = random() < 0.5 ? 'refuse' : 'silent';
      return { ...plan, how, durationMs: Math.round(between(random, ...UNAVAILABLE_MS)) };
    }
    case 'cut':
      return { ...plan, afterBytes: Math.floor(between(random, 0, 2_000)) };
    case 'duplicate':
      return { ...plan, sameId: random() < 0.5, picks: Array.from({ length: COPIES }, random) };
  }
}

/** `count` cards of as many shuffled decks as that takes. */
function deal<T>(random: () => number, deck: readonly T[], count: number): T[] {
  const cards: T[] = [];
  while (cards.length < count) cards.push(...shuffled(random, deck));
  return cards.slice(0, count);
}

function shuffled<T>(random: () => number, items: readonly T[]): T[] {
  const result = [...items];
  for (let i = result.length - 1; i > 0; i--) {
    const j = Math.floor(random() * (i + 1));
    [result[i], result[j]] = [result[j]!, result[i]!];
  }
  return result;
}

function between(random: () => number, low: number, high: number): number {
  return low + random() * (high - low);
}

/** @param pick 0 to 1 */
export function pickOf<T>(items: readonly T[], pick: number): T {
  return items[Math.floor(pick * items.length)]!;
}
