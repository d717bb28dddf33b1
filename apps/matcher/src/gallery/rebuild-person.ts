import { Inject, Injectable } from '@nestjs/common';
import { PipelineError, toPipelineError } from '#shared/contracts/pipeline-error.js';
import { type ObjectInfo } from '#shared/platform/storage/object-store.port.js';
import { UPLOADS_STORE } from '#shared/platform/storage/storage.config.js';
import { EnrolmentPhotos } from '../people/enrolment-photos.js';
import { EnrolmentService } from '../people/enrolment.service.js';
import { PersonRegistry } from '../people/person-registry.js';
import { VECTOR_STORE } from '../tokens.js';
import { type VectorStore } from '../vectors/vector-store.port.js';
import { type PersonOfTenant, type PhotographFailure } from './rebuild-repository.js';

/** Temporary errors: no embedder answers, or the embedders run another pack. */
const TEMPORARY_CODES = ['DEADLINE_EXCEEDED', 'SPACE_MISMATCH', 'SHUTTING_DOWN'];

/** Creates a template in the current space for each photograph of a person. */
@Injectable()
export class PersonRebuilder {
  constructor(
    private readonly registry: PersonRegistry,
    private readonly photos: EnrolmentPhotos,
    private readonly enrolment: EnrolmentService,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
  ) {}

  /**
   * Safe to repeat: photographs that have a template are skipped. Deletes templates whose photograph
   * was deleted while another space was in use.
   * @throws PipelineError of class wait when the photographs cannot be embedded now
   */
  async rebuild({
    tenant,
    personId,
  }: PersonOfTenant): Promise<{ embedded: number; failures: PhotographFailure[] }> {
    if (!(await this.registry.get(tenant, personId))) return { embedded: 0, failures: [] };
    const photographs = await this.photos.list(tenant, personId);
    const kept = new Set(photographs.map(({ key }) => key));
    const embedded = new Set<string>();
    for (const { id, image } of await this.store.listTemplates(tenant, personId)) {
      if (kept.has(image.key)) embedded.add(image.key);
      else await this.store.deleteTemplate(tenant, id);
    }
    const failures: PhotographFailure[] = [];
    for (const photograph of photographs) {
      if (embedded.has(photograph.key)) continue;
      const failure = await this.embed(tenant, personId, photograph);
      if (failure) failures.push(failure);
    }
    return { embedded: photographs.length - failures.length, failures };
  }

  private async embed(
    tenant: string,
    personId: string,
    { key, version }: ObjectInfo,
  ): Promise<PhotographFailure | null> {
    try {
      await this.enrolment.enrolAgain(tenant, personId, { store: UPLOADS_STORE, key, version });
      return null;
    } catch (error) {
      const failure = toPipelineError(error, 'query');
      const { code, message, stage } = failure;
      // The person was deleted meanwhile.
      if (code === 'PERSON_NOT_FOUND') return null;
      if (TEMPORARY_CODES.includes(code)) {
        throw new PipelineError(code, message, { stage, class: 'wait' });
      }
      if (failure.class !== 'quarantine' && !code.startsWith('INFERENCE_')) throw failure;
      return { key, code, message };
    }
  }
}
