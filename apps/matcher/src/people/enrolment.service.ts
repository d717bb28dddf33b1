import { Inject, Injectable } from '@nestjs/common';
import { type DetectedFace } from '#shared/contracts/detected-face.js';
import { decodeEmbedding } from '#shared/contracts/embedding.js';
import { templateId, type ImageRef } from '#shared/contracts/image-ref.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { GalleryLosses } from '../gallery/gallery-losses.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { OtherSpaces } from '../gallery/other-spaces.js';
import { FaceFinder, sha256, type FoundFaces, type UploadedImage } from '../queries/face-finder.js';
import { imageError, onlyFace } from '../queries/usable-face.js';
import { GallerySize } from '../recognition/gallery-size.js';
import { Scores } from '../recognition/scores.js';
import { requestError } from '../request-error.js';
import { MODEL_SPACE, type ModelSpace, VECTOR_STORE } from '../tokens.js';
import { type StoredTemplate, type VectorStore } from '../vectors/vector-store.port.js';
import { EnrolmentPhotos } from './enrolment-photos.js';
import { PersonRegistry } from './person-registry.js';

export interface Enrolment {
  readonly template: StoredTemplate;
  readonly detectionScore: number;
}

/** Adds and removes a person's templates. */
@Injectable()
export class EnrolmentService {
  constructor(
    private readonly registry: PersonRegistry,
    private readonly finder: FaceFinder,
    private readonly photos: EnrolmentPhotos,
    @Inject(MODEL_SPACE) private readonly model: ModelSpace,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly scores: Scores,
    private readonly gallery: GallerySize,
    private readonly spaces: GallerySpaces,
    private readonly losses: GalleryLosses,
    private readonly others: OtherSpaces,
  ) {}

  /**
   * Enrols the only usable face of a photograph. Enrolling the same photograph again changes nothing.
   * @throws PipelineError PERSON_NOT_FOUND (404), NO_FACE, SEVERAL_FACES, FACE_UNUSABLE or the error
   *   of an invalid image (422), GALLERY_SPACE_MISMATCH (409), DEADLINE_EXCEEDED (504)
   */
  async enrol(tenant: string, personId: string, upload: UploadedImage): Promise<Enrolment> {
    await this.registry.require(tenant, personId);
    await this.spaces.claim(tenant);
    const key = this.photos.keyOf(tenant, personId, sha256(upload.bytes));
    const { found, face } = await this.findOnlyFace(tenant, personId, key, upload);
    return this.keep(tenant, personId, found, face);
  }

  /**
   * Enrols a stored photograph of a person again, in the current model space.
   * @throws PipelineError like `enrol`; the photograph is not deleted
   */
  async enrolAgain(tenant: string, personId: string, image: ImageRef): Promise<Enrolment> {
    const found = await this.finder.findAgain(tenant, image);
    return this.keep(tenant, personId, found, onlyFace(found, 'image'));
  }

  /** @throws PipelineError PERSON_NOT_FOUND or TEMPLATE_NOT_FOUND (404) */
  async remove(tenant: string, personId: string, id: string): Promise<void> {
    await this.registry.require(tenant, personId);
    const templates = await this.store.listTemplates(tenant, personId);
    const template = templates.find((known) => known.id === id);
    if (!template) throw templateNotFound(personId, id);
    await this.losses.whileDeleting(tenant, () => this.store.deleteTemplate(tenant, id));
    await this.others.forgetPhotograph(tenant, personId, template.image.key);
    await this.photos.delete(template.image.key);
  }

  private async keep(
    tenant: string,
    personId: string,
    found: FoundFaces,
    face: DetectedFace,
  ): Promise<Enrolment> {
    const id = templateId(personId, face.faceId);
    const known = await this.store.listTemplates(tenant, personId);
    const template =
      known.find((existing) => existing.id === id) ??
      (await this.templateOf(tenant, personId, found, face));
    await this.store.upsertTemplates([template]);
    await this.losses.expectSome(tenant);
    this.gallery.enrolled(tenant);
    await this.undoIfDeleted(tenant, personId);
    return { template, detectionScore: face.detectionScore };
  }

  private async templateOf(
    tenant: string,
    personId: string,
    { image }: FoundFaces,
    { faceId, box, quality, embedding }: DetectedFace,
  ): Promise<StoredTemplate> {
    const vector = decodeEmbedding(embedding, this.model.dimension);
    return {
      id: templateId(personId, faceId),
      tenant,
      personId,
      faceId,
      image,
      box,
      quality,
      vector,
      enrolledAt: Date.now(),
      statistics: await this.scores.enrolmentStatistics(vector),
    };
  }

  private async findOnlyFace(
    tenant: string,
    personId: string,
    key: string,
    upload: UploadedImage,
  ): Promise<{ found: FoundFaces; face: DetectedFace }> {
    try {
      const found = await this.finder.findAndKeep(tenant, key, upload);
      return { found, face: onlyFace(found, 'image') };
    } catch (error) {
      const failure = imageError(error, 'image');
      // A photograph that can never be enrolled is deleted. Otherwise it stays for the next attempt.
      if (failure.class === 'quarantine') await this.photos.delete(key);
      await this.undoIfDeleted(tenant, personId);
      throw failure;
    }
  }

  /** A person who is deleted during the enrolment leaves the new template and photograph behind. */
  private async undoIfDeleted(tenant: string, personId: string): Promise<void> {
    try {
      await this.registry.require(tenant, personId);
    } catch (error) {
      await this.losses.whileDeleting(tenant, () => this.store.forgetPerson(tenant, personId));
      await this.photos.deleteAll(tenant, personId);
      throw error;
    }
  }
}

function templateNotFound(personId: string, id: string): PipelineError {
  return requestError(404, 'TEMPLATE_NOT_FOUND', `person ${personId} has no template ${id}`, {
    personId,
    id,
  });
}
