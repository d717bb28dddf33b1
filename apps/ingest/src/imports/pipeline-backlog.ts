import { Inject, Injectable } from '@nestjs/common';
import { type EmbedImagePayload } from '#shared/contracts/embed-image.contract.js';
import { type MatchFacesPayload } from '#shared/contracts/match-faces.contract.js';
import { ContractProducer } from '#shared/queue/contract-producer.js';
import { type IngestConfig } from '../ingest.config.js';
import { EMBED_IMAGES, INGEST_CONFIG, MATCH_FACES } from '../tokens.js';
import { ImportRepository } from './import-repository.js';
import { pending } from './import-state.js';

/** How much work waits, of what moves: a paused import must not hold up the others. */
@Injectable()
export class PipelineBacklog {
  constructor(
    @Inject(EMBED_IMAGES) private readonly embedding: ContractProducer<EmbedImagePayload, unknown>,
    @Inject(MATCH_FACES) private readonly matching: ContractProducer<MatchFacesPayload, unknown>,
    @Inject(INGEST_CONFIG) private readonly config: IngestConfig,
    private readonly imports: ImportRepository,
  ) {}

  async waiting(): Promise<number> {
    const [embed, match] = await Promise.all([this.embedding.backlog(), this.matching.backlog()]);
    const all = embed + match;
    return all <= this.config.LOW_WATER ? all : Math.max(0, all - (await this.paused()));
  }

  private async paused(): Promise<number> {
    const ids = await this.imports.unfinished();
    const found = await Promise.all(ids.map((id) => this.imports.read(id)));
    return found.reduce(
      (sum, progress) => (progress?.state.status === 'paused' ? sum + pending(progress) : sum),
      0,
    );
  }
}
