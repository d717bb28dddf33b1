import { peopleHttp } from '#shared/contracts/http/people.http.js';
import { PipelineError } from '#shared/contracts/pipeline-error.js';
import { api, readImport, startImport, upload } from '../support/api.js';
import { type BedOptions, makeBed } from './bed.js';
import { inject, type InjectedFault } from './inject.js';
import { type Fault } from './schedule.js';
import { settle } from './settle.js';
import { type Snapshot } from './snapshot.js';
import { takeSnapshot } from './take-snapshot.js';

export interface RoundResult {
  readonly snapshot: Snapshot;
  readonly faults: readonly InjectedFault[];
  /** Seconds from the start of the import until everything settled, and the part after the last fault. */
  readonly seconds: number;
  readonly settleSeconds: number;
  /** Number of process restarts. */
  readonly restarts: number;
  /** Services that exited without being killed: name, and exit code or signal. */
  readonly unexpectedExits: readonly string[];
  readonly redisBytes: number;
  /** Requests that violate the API of the vector store. */
  readonly violations: readonly string[];
}

const SETTLE_MS = 240_000;
const LOOK_MS = 250;

/** Runs one import of the archive in a new environment with these faults. The quiet run has none. */
export async function runRound(
  options: BedOptions,
  faults: readonly Fault[],
  settleMs = SETTLE_MS,
): Promise<RoundResult> {
  const bed = await makeBed(options);
  try {
    await Promise.all(bed.services.map((service) => service.ready()));
    const people = await enrolPeople(bed.named('matcher')[0]!.url, options.archive.photographs);
    const ingests = bed.named('ingest').map(({ url }) => url);
    const start = performance.now();
    const id = await startImport(ingests[0]!, 'archive');
    let importing = true;
    const watch = setInterval(() => {
      for (const url of ingests) {
        readImport(url, id).then(
          ({ status }) => (importing &&= status !== 'done'),
          () => undefined,
        );
      }
    }, LOOK_MS);
    const injected = await inject(bed, faults, () => importing).finally(() => clearInterval(watch));
    const quietSince = performance.now();
    await settle(bed, id, settleMs);
    const end = performance.now();
    const redisBytes = Number(/used_memory:(\d+)/.exec(await bed.redis.info('memory'))?.[1]);
    return {
      snapshot: await takeSnapshot(bed, id, people),
      faults: injected,
      seconds: (end - start) / 1000,
      settleSeconds: (end - quietSince) / 1000,
      restarts: [bed.redisServer, ...bed.services].reduce((sum, { starts }) => sum + starts - 1, 0),
      unexpectedExits: bed.services.flatMap(({ name, unexpectedExits }) =>
        unexpectedExits.map((how) => `${name} ${how}`),
      ),
      redisBytes,
      violations: bed.violations,
    };
  } finally {
    await bed.close();
  }
}

const PEOPLE = 4;

/** Enrols photographs of the archive that show one face. @returns template ids by person */
async function enrolPeople(
  url: string,
  photographs: readonly Buffer[],
): Promise<Map<string, string>> {
  const matcher = api(url);
  const people = new Map<string, string>();
  for (const image of photographs) {
    if (people.size === PEOPLE) break;
    const id = `person-${people.size}`;
    await matcher.call(peopleHttp.create, { body: { name: id, id } }).catch(notTheFirst);
    const enrolled = await matcher
      .call(peopleHttp.enrol, { params: { personId: id }, files: { image: upload(image) } })
      .catch(notOneFace);
    if (enrolled) people.set(id, enrolled.id);
  }
  if (people.size < PEOPLE) throw new Error(`only ${people.size} photographs show one face`);
  return people;
}

function notTheFirst(error: unknown): void {
  if (!(error instanceof PipelineError) || error.code !== 'PERSON_EXISTS') throw error;
}

function notOneFace(error: unknown): null {
  if (!(error instanceof PipelineError) || ![409, 422].includes(error.httpStatus)) throw error;
  return null;
}
