import { Inject, Injectable } from '@nestjs/common';
import { type CountedPerson, type Person } from '#shared/contracts/http/people.http.js';
import { derivedPersonId } from '#shared/contracts/image-ref.js';
import { GalleryLosses } from '../gallery/gallery-losses.js';
import { GallerySpaces } from '../gallery/gallery-spaces.js';
import { OtherSpaces } from '../gallery/other-spaces.js';
import { requestError } from '../request-error.js';
import { VECTOR_STORE } from '../tokens.js';
import { type Page, type StoredTemplate, type VectorStore } from '../vectors/vector-store.port.js';
import { EnrolmentPhotos } from './enrolment-photos.js';
import { personNotFound, PersonRegistry } from './person-registry.js';

/** Creates, lists, renames and deletes the people of the gallery. */
@Injectable()
export class PeopleService {
  constructor(
    private readonly registry: PersonRegistry,
    private readonly photos: EnrolmentPhotos,
    @Inject(VECTOR_STORE) private readonly store: VectorStore,
    private readonly spaces: GallerySpaces,
    private readonly losses: GalleryLosses,
    private readonly others: OtherSpaces,
  ) {}

  /** @throws PipelineError PERSON_EXISTS (409) */
  async create(tenant: string, name: string, id?: string): Promise<CountedPerson> {
    const person = {
      id: id ?? derivedPersonId(tenant, name),
      name,
      createdAt: new Date().toISOString(),
    };
    if (await this.registry.create(tenant, person)) return { ...person, templates: 0 };
    throw requestError(409, 'PERSON_EXISTS', `a person with the id ${person.id} already exists`, {
      id: person.id,
    });
  }

  async list(
    tenant: string,
    page: { cursor?: string; limit: number },
  ): Promise<Page<CountedPerson>> {
    const { items, cursor } = await this.registry.page(tenant, page);
    const counts = await this.store.countTemplates(
      tenant,
      items.map(({ id }) => id),
    );
    return {
      items: items.map((person) => ({ ...person, templates: counts.get(person.id) ?? 0 })),
      cursor,
    };
  }

  /** @throws PipelineError PERSON_NOT_FOUND (404) */
  async get(tenant: string, id: string): Promise<Person & { templates: StoredTemplate[] }> {
    const person = await this.registry.require(tenant, id);
    return { ...person, templates: await this.store.listTemplates(tenant, id) };
  }

  /** @throws PipelineError PERSON_NOT_FOUND (404) */
  async rename(tenant: string, id: string, name: string): Promise<CountedPerson> {
    const person = await this.registry.rename(tenant, id, name);
    if (!person) throw personNotFound(id);
    const counts = await this.store.countTemplates(tenant, [id]);
    return { ...person, templates: counts.get(id) ?? 0 };
  }

  /**
   * Deletes all data of a person: templates in all model spaces, photographs, and the person id on
   * sightings. The registry entry is deleted first, so that no new data is stored for the person
   * meanwhile. When a step fails, the same call deletes the rest.
   * @throws PipelineError PERSON_NOT_FOUND (404)
   */
  async delete(tenant: string, id: string): Promise<void> {
    const existed = await this.registry.remove(tenant, id);
    await this.losses.whileDeleting(tenant, () => this.store.forgetPerson(tenant, id));
    await this.others.forgetPerson(tenant, id);
    const photos = await this.photos.deleteAll(tenant, id);
    if (!existed && photos === 0) throw personNotFound(id);
    await this.spaces.releaseIfEmpty(tenant);
  }
}
