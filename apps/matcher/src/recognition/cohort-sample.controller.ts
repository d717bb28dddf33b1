import { Body, Controller, HttpCode, Post } from '@nestjs/common';
import { z } from 'zod';
import { Tenant } from '#shared/platform/http/access.js';
import { ZodPipe } from '#shared/platform/http/zod.pipe.js';
import { CohortSampleService } from './cohort-sample.service.js';

const bodySchema = z.strictObject({
  count: z.number().int().min(2).max(5000),
  minQuality: z.number().min(0).max(1).default(0.5),
  samePerson: z.number().min(-1).max(1).optional(),
});

@Controller('v1/cohort')
export class CohortSampleController {
  constructor(private readonly cohort: CohortSampleService) {}

  /** Answers with embeddings, which are biometrics: for whoever calibrates the model pack. */
  @Post('sample')
  @HttpCode(200)
  sample(
    @Tenant() tenant: string,
    @Body(new ZodPipe(bodySchema)) body: z.output<typeof bodySchema>,
  ) {
    return this.cohort.sample(tenant, body);
  }
}
