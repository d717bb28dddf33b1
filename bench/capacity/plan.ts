import { markdownTable } from '../support/figures.js';
import { type Input, INPUTS } from './inputs.js';

const GIB = 1024 ** 3;
const MIB = 1024 ** 2;
/** Number of buckets times the images per bucket that Redis stores compactly (hash-max-listpack-entries). */
const COMPACT_IMAGES = 2 ** 18 * 128;
const DIMENSION = 512;
const FLOAT = 4;
/** Qdrant's rule of thumb for vectors in memory: https://qdrant.tech/documentation/capacity-planning/ */
const IN_MEMORY_FACTOR = 1.5;
/** Maximum share of the memory of a Qdrant node, and of the maxmemory of Redis, that is used. */
const FILL = 0.8;
const REDIS_HIGH_WATER = 0.85;
const DAY = 86_400;

interface Demand {
  readonly images: number;
  readonly facesPerImage: number;
  /** Time for processing the archive. */
  readonly days: number;
  /** Copies of each sighting (QDRANT_REPLICAS). */
  readonly replicas: number;
}

interface Plan {
  readonly sightings: number;
  /** Images/s that this time requires. */
  readonly rate: number;
  /** Number of Redis servers for this rate, each with its own tenants or archives. */
  readonly redises: number;
  /** Cores of all services with networks on CPU. */
  readonly cores: number;
  /** GPUs that replace most of the cores. */
  readonly gpus: number;
  /** Images/s that one Redis can process. */
  readonly redisBound: number;
  /** Minimum number of days with one Redis. */
  readonly leastDays: number;
  readonly ledgerGib: number;
  /** maxmemory of all Redis servers together. */
  readonly redisGib: number;
  /** Memory of all Qdrant nodes with 8-bit copies of vectors, as the matcher creates collections. */
  readonly qdrantGib: number;
  /** The same with full vectors in memory. */
  readonly qdrantWholeGib: number;
  readonly qdrantNodes: number;
  readonly qdrantWholeNodes: number;
  /** Without snapshots. A snapshot needs the same space again. */
  readonly diskGib: number;
  /** Traffic of image files, Gbit/s. */
  readonly fetchGbit: number;
  /** Traffic to and from Redis, MB/s. */
  readonly redisMb: number;
}

/** Resources for an archive, calculated from INPUTS. */
export function planFor({ images, facesPerImage, days, replicas }: Demand): Plan {
  const sightings = images * facesPerImage;
  const rate = images / (days * DAY);
  const bound = redisBound(facesPerImage);
  const redises = Math.max(1, Math.ceil(rate / bound));
  const ledger = ledgerBytes(images);
  const memory = (bytes: number) => (sightings * replicas * bytes) / GIB;
  const overhead = INPUTS.graph.value + INPUTS.indexes.value;
  const qdrantGib = memory(DIMENSION + overhead);
  const qdrantWholeGib = memory(DIMENSION * FLOAT * IN_MEMORY_FACTOR);
  const nodes = (gib: number) => Math.max(1, Math.ceil(gib / (INPUTS.nodeMemory.value * FILL)));
  const onDisk = DIMENSION * FLOAT + DIMENSION + overhead + INPUTS.payload.value;
  return {
    sightings,
    rate,
    redises,
    cores: Math.ceil(rate * coreSeconds(facesPerImage)),
    gpus: Math.ceil((rate * facesPerImage) / INPUTS.gpuFaces.value),
    redisBound: bound,
    leastDays: images / bound / DAY,
    ledgerGib: ledger / GIB,
    redisGib: (ledger + redises * INPUTS.redisRest.value * MIB) / REDIS_HIGH_WATER / GIB,
    qdrantGib,
    qdrantWholeGib,
    qdrantNodes: nodes(qdrantGib),
    qdrantWholeNodes: nodes(qdrantWholeGib),
    diskGib: memory(onDisk),
    fetchGbit: (rate * INPUTS.objectBytes.value * 8) / 1e9,
    redisMb:
      (rate * (INPUTS.redisImageBytes.value + facesPerImage * INPUTS.redisFaceBytes.value)) / 1e6,
  };
}

export function ledgerBytes(images: number): number {
  if (images > COMPACT_IMAGES) return images * INPUTS.ledgerHashImage.value;
  return (INPUTS.ledgerBase.value + (images / 1e6) * INPUTS.ledgerImage.value) * MIB;
}

function redisBound(facesPerImage: number): number {
  return 1e6 / (INPUTS.redisImage.value + facesPerImage * INPUTS.redisFace.value);
}

/** CPU time of an image, including the networks. */
function coreSeconds(facesPerImage: number): number {
  return (INPUTS.imageCpu.value + facesPerImage * INPUTS.faceCpu.value) / 1000;
}

/** Price of a million images in CPU or GPU time, without storage. */
export function priceOfMillion(facesPerImage: number): { cpu: number; gpu: number } {
  const hours = (seconds: number) => (seconds * 1e6) / 3600;
  const { corePrice, gpuPrice, gpuFaces, restCpu } = INPUTS;
  return {
    cpu: hours(coreSeconds(facesPerImage)) * corePrice.value,
    gpu:
      hours(facesPerImage / gpuFaces.value) * gpuPrice.value +
      hours(restCpu.value / 1000) * corePrice.value,
  };
}

const ROWS: readonly (readonly [what: string, of: (plan: Plan) => string])[] = [
  ['sightings', ({ sightings }) => whole(sightings)],
  ['images/s', ({ rate }) => short(rate)],
  ['cores, networks on CPU', ({ cores }) => whole(cores)],
  ['or GPUs', ({ gpus }) => whole(gpus)],
  ['images/s that one Redis bears', ({ redisBound }) => short(redisBound)],
  ['Redises for that rate', ({ redises }) => whole(redises)],
  ['days at least on one Redis', ({ leastDays }) => short(leastDays)],
  ['ledger, GiB', ({ ledgerGib }) => short(ledgerGib)],
  ['maxmemory of Redis, GiB', ({ redisGib }) => short(redisGib)],
  ['Qdrant, GiB of memory, 8-bit copies', ({ qdrantGib }) => short(qdrantGib)],
  ['nodes for that', ({ qdrantNodes }) => whole(qdrantNodes)],
  ['Qdrant, GiB of memory, whole vectors', ({ qdrantWholeGib }) => short(qdrantWholeGib)],
  ['nodes for those', ({ qdrantWholeNodes }) => whole(qdrantWholeNodes)],
  ['Qdrant, GiB of disk', ({ diskGib }) => short(diskGib)],
  ['image files, Gbit/s', ({ fetchGbit }) => short(fetchGbit)],
  ['to and from Redis, MB/s', ({ redisMb }) => short(redisMb)],
];

export function planTable(sizes: readonly number[], demand: Omit<Demand, 'images'>): string {
  const plans = sizes.map((images) => planFor({ ...demand, images }));
  const rows = ROWS.map(([what, of]) => [what, ...plans.map(of)]);
  return markdownTable(['images', ...sizes.map(whole)], rows, 1).join('\n');
}

export function inputTable(): string {
  const rows = Object.values<Input>(INPUTS).map(({ what, value, unit, source }) => [
    what,
    source,
    `${whole(value)} ${unit}`,
  ]);
  return markdownTable(['what', 'from', 'figure'], rows, 2).join('\n');
}

export function priceTable(facesPerImage: number): string {
  const { cpu, gpu } = priceOfMillion(facesPerImage);
  const rows = [
    ['networks on CPU', cpu.toFixed(2)],
    ['networks on a GPU', gpu.toFixed(2)],
  ];
  return markdownTable(['a million images', 'example price'], rows, 1).join('\n');
}

function whole(value: number): string {
  return value.toLocaleString('en');
}

function short(value: number): string {
  return Number(value.toPrecision(2)).toLocaleString('en');
}
