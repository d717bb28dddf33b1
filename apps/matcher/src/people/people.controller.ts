import { Controller, UploadedFiles } from '@nestjs/common';
import { peopleHttp, type TemplateView } from '#shared/contracts/http/people.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { type ImageFiles } from '#shared/platform/http/uploads.js';
import { uploadedImage } from '../queries/face-finder.js';
import { type Template } from '../vectors/vector-store.port.js';
import { EnrolmentService } from './enrolment.service.js';
import { PeopleService } from './people.service.js';

/** A template as the API shows it: without its embedding, which is biometric data. */
function templateView({ id, faceId, image, box, quality, enrolledAt }: Template): TemplateView {
  return { id, faceId, image, box, quality, enrolledAt: new Date(enrolledAt).toISOString() };
}

@Controller()
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Route(peopleHttp.create)
  create(@Tenant() tenant: string, @Input() { body }: ParsedInput<typeof peopleHttp.create>) {
    return this.people.create(tenant, body.name, body.id);
  }

  @Route(peopleHttp.list)
  async list(@Tenant() tenant: string, @Input() { query }: ParsedInput<typeof peopleHttp.list>) {
    const { cursor, limit } = query;
    const page = await this.people.list(tenant, { limit, ...(cursor !== undefined && { cursor }) });
    return { people: page.items, cursor: page.cursor };
  }

  @Route(peopleHttp.read)
  async get(@Tenant() tenant: string, @Input() { params }: ParsedInput<typeof peopleHttp.read>) {
    const { templates, ...person } = await this.people.get(tenant, params.id);
    return { ...person, templates: templates.map(templateView) };
  }

  @Route(peopleHttp.rename)
  rename(
    @Tenant() tenant: string,
    @Input() { params, body }: ParsedInput<typeof peopleHttp.rename>,
  ) {
    return this.people.rename(tenant, params.id, body.name);
  }

  @Route(peopleHttp.delete)
  async delete(
    @Tenant() tenant: string,
    @Input() { params }: ParsedInput<typeof peopleHttp.delete>,
  ): Promise<undefined> {
    await this.people.delete(tenant, params.id);
  }
}

@Controller()
export class TemplatesController {
  constructor(private readonly enrolment: EnrolmentService) {}

  @Route(peopleHttp.enrol)
  async enrol(
    @Tenant() tenant: string,
    @Input() { params }: ParsedInput<typeof peopleHttp.enrol>,
    @UploadedFiles() files: ImageFiles | undefined,
  ) {
    const upload = uploadedImage(files, 'image');
    const { personId } = params;
    const { template, detectionScore } = await this.enrolment.enrol(tenant, personId, upload);
    return { ...templateView(template), detectionScore };
  }

  @Route(peopleHttp.removeTemplate)
  async remove(
    @Tenant() tenant: string,
    @Input() { params }: ParsedInput<typeof peopleHttp.removeTemplate>,
  ): Promise<undefined> {
    await this.enrolment.remove(tenant, params.personId, params.id);
  }
}
