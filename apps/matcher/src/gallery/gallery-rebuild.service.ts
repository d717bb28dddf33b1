import {
  Inject,
  Injectable,
  Logger,
  type OnApplicationBootstrap,
  type OnModuleDestroy,
} from '@nestjs/common';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import {
  DeadLetterWriter,
  makeDeadLetter,
  tenantOf,
} from '#shared/platform/ledger/dead-letter-writer.js';
import { type ContractProducer } from '#shared/platform/queue/contract-producer.js';
import { type ContractWorker } from '#shared/platform/queue/contract-worker.js';
import { type JobEvidence } from '#shared/platform/queue/job-evidence.js';
import { type JobHandler } from '#shared/platform/queue/job-handler.js';
import { Queues } from '#shared/platform/queue/queues.js';
import { CONFIG } from '#shared/platform/tokens.js';
import { eachPage } from '../each-page.js';
import { type MatcherConfig } from '../matcher.config.js';
import { PersonRegistry } from '../people/person-registry.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { GalleryLosses } from './gallery-losses.js';
import { GallerySpaces } from './gallery-spaces.js';
import { rebuildPersonContract, type RebuildPersonPayload } from './rebuild-person.contract.js';
import { PersonRebuilder } from './rebuild-person.js';
import { RebuildRepository, type PhotographFailure } from './rebuild-repository.js';

/** People in one page of the listing. */
const PAGE = 500;
/** People in progress at the same time; the photographs of a person are embedded one after the other. */
const CONCURRENCY = 4;

/**
 * Embeds the gallery again in this matcher's space, from the enrolment photographs. Each person is a
 * job, so another matcher continues when one dies.
 */
@Injectable()
export class GalleryRebuild
  implements JobHandler<RebuildPersonPayload, null>, OnApplicationBootstrap, OnModuleDestroy
{
  private readonly logger = new Logger('gallery');
  private readonly space: string;
  private readonly producer: ContractProducer<RebuildPersonPayload, null>;
  private readonly worker: ContractWorker<RebuildPersonPayload, null>;
  private listing: Promise<void> = Promise.resolve();

  constructor(
    @Inject(CONFIG) config: MatcherConfig,
    queues: Queues,
    @Inject(MODEL_SPACE) { space }: ModelSpace,
    private readonly spaces: GallerySpaces,
    private readonly losses: GalleryLosses,
    private readonly progress: RebuildRepository,
    private readonly registry: PersonRegistry,
    private readonly rebuilder: PersonRebuilder,
    private readonly letters: DeadLetterWriter,
  ) {
    this.space = space;
    const contract = rebuildPersonContract(space);
    this.producer = queues.producer(contract);
    this.worker = queues.worker(contract, this, {
      stage: 'match',
      concurrency: CONCURRENCY,
      config,
    });
  }

  /** Continues the listing when a matcher died while it listed people. */
  async onApplicationBootstrap(): Promise<void> {
    this.worker.start();
    if ((await this.progress.read())?.state === 'listing') this.startListing();
  }

  async onModuleDestroy(): Promise<void> {
    await this.listing;
    await this.worker.close();
  }

  /** Starts a rebuild, or continues the current one. */
  async start(): Promise<void> {
    await this.progress.begin();
    this.startListing();
  }

  async handle(payload: RebuildPersonPayload): Promise<null> {
    try {
      const { embedded, failures } = await this.rebuilder.rebuild(payload);
      await this.finishPerson(payload, embedded, failures);
      return null;
    } catch (error) {
      const failure = toPipelineError(error, 'match');
      if (failure.class === 'wait') await this.progress.waitFor(failure);
      throw failure;
    }
  }

  async giveUp(
    payload: RebuildPersonPayload,
    error: PipelineError,
    evidence: JobEvidence,
  ): Promise<void> {
    const { tenant } = payload;
    const { code, message } = error;
    await this.letters.put(makeDeadLetter({ error, evidence, tenant, space: this.space }));
    await this.finishPerson(payload, 0, [{ key: '', code, message }]);
  }

  async reject(error: PipelineError, evidence: JobEvidence): Promise<void> {
    const tenant = tenantOf(evidence.job.data);
    await this.letters.put(makeDeadLetter({ error, evidence, tenant, space: this.space }));
  }

  private async finishPerson(
    person: RebuildPersonPayload,
    embedded: number,
    failures: readonly PhotographFailure[],
  ): Promise<void> {
    if (await this.progress.done(person, embedded, failures)) this.spaces.invalidate();
  }

  private startListing(): void {
    this.listing = this.listing
      .then(() => this.listPeople())
      .catch((error: unknown) => this.logger.error(error));
  }

  private async listPeople(): Promise<void> {
    for (const tenant of await this.progress.tenants()) {
      await this.losses.expectNone(tenant);
      const pages = eachPage((from) => this.registry.page(tenant, { limit: PAGE, ...from }));
      for await (const { items } of pages) {
        const people = items.map(({ id }) => ({ tenant, personId: id }));
        await this.progress.add(people);
        await this.producer.addBulk(people.map((person) => ({ v: 1, ...person })));
      }
    }
    if (await this.progress.listed()) this.spaces.invalidate();
  }
}
