import { Controller } from '@nestjs/common';
import { cohortHttp } from '#shared/contracts/http/cohort.http.js';
import { type ParsedInput } from '#shared/contracts/http/route.js';
import { Tenant } from '#shared/platform/http/access.js';
import { Input, Route } from '#shared/platform/http/route.js';
import { CohortSampleService } from './cohort-sample.service.js';

@Controller()
export class CohortSampleController {
  constructor(private readonly cohort: CohortSampleService) {}

  @Route(cohortHttp.sample)
  sample(@Tenant() tenant: string, @Input() { body }: ParsedInput<typeof cohortHttp.sample>) {
    return this.cohort.sample(tenant, body);
  }
}
