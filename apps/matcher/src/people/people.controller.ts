import { Body, Controller, Delete, Get, HttpCode, Param, Patch, Post, Query } from '@nestjs/common';
import { z } from 'zod';
import { Tenant } from '#shared/http/tenant.js';
import { ZodPipe } from '#shared/http/zod.pipe.js';
import { PeopleService } from './people.service.js';
import { personIdSchema, personNameSchema } from './person.js';
import { templateView } from './template-view.js';

const createSchema = z.strictObject({ name: personNameSchema, id: personIdSchema.optional() });
const renameSchema = z.strictObject({ name: personNameSchema });
const pageSchema = z.strictObject({
  cursor: z.string().max(128).optional(),
  limit: z.coerce.number().int().min(1).max(1000).default(100),
});

@Controller('v1/people')
export class PeopleController {
  constructor(private readonly people: PeopleService) {}

  @Post()
  create(
    @Tenant() tenant: string,
    @Body(new ZodPipe(createSchema)) { name, id }: z.output<typeof createSchema>,
  ) {
    return this.people.create(tenant, name, id);
  }

  @Get()
  async list(
    @Tenant() tenant: string,
    @Query(new ZodPipe(pageSchema)) { cursor, limit }: z.output<typeof pageSchema>,
  ) {
    const page = await this.people.list(tenant, { limit, ...(cursor !== undefined && { cursor }) });
    return { people: page.items, cursor: page.cursor };
  }

  @Get(':id')
  async get(@Tenant() tenant: string, @Param('id') id: string) {
    const { templates, ...person } = await this.people.get(tenant, id);
    return { ...person, templates: templates.map(templateView) };
  }

  @Patch(':id')
  rename(
    @Tenant() tenant: string,
    @Param('id') id: string,
    @Body(new ZodPipe(renameSchema)) { name }: z.output<typeof renameSchema>,
  ) {
    return this.people.rename(tenant, id, name);
  }

  @Delete(':id')
  @HttpCode(204)
  async delete(
    @Tenant() tenant: string,
    @Param('id', new ZodPipe(personIdSchema)) id: string,
  ): Promise<void> {
    await this.people.delete(tenant, id);
  }
}
