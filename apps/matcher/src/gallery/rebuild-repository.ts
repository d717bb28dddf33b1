import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { REDIS } from '#shared/platform/tokens.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { galleryKeys } from './gallery-keys.js';

const beginRebuild = new LuaScript<string>(import.meta.dirname, 'lua/begin-rebuild.lua');
const addPeople = new LuaScript<number>(import.meta.dirname, 'lua/add-people.lua');
const allListed = new LuaScript<number>(import.meta.dirname, 'lua/all-listed.lua');
const personDone = new LuaScript<number>(import.meta.dirname, 'lua/person-done.lua');

const problemSchema = z.object({ code: z.string(), message: z.string() });
type RebuildProblem = z.infer<typeof problemSchema>;

const count = z.coerce.number().int().default(0);

const progressSchema = z.object({
  /** `failed`: not one photograph could be embedded. */
  state: z.enum(['listing', 'running', 'done', 'failed']),
  people: count,
  /** Number of photographs that have a template in the space, and of those that failed. */
  embedded: count,
  failed: count,
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  /** Why the rebuild makes no progress. */
  waitsFor: z
    .string()
    .transform((text) =>
      parseStored(problemSchema, text, 'the reason why the rebuild waits', 'match'),
    )
    .optional(),
});

interface RebuildProgress extends z.output<typeof progressSchema> {
  /** Number of people who are not rebuilt yet. */
  readonly left: number;
}

export interface PersonOfTenant {
  readonly tenant: string;
  readonly personId: string;
}

export interface PhotographFailure extends RebuildProblem {
  /** Key in the uploads store; empty when the whole person failed. */
  readonly key: string;
}

/** Progress of the gallery's rebuild in this space, stored in Redis so that it survives a crash. */
@Injectable()
export class RebuildRepository {
  private readonly space: string;
  private readonly rebuild: string;
  private readonly left: string;
  private readonly failed: string;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(MODEL_SPACE) { space }: ModelSpace,
  ) {
    this.space = space;
    this.rebuild = galleryKeys.rebuild(space);
    this.left = galleryKeys.left(space);
    this.failed = galleryKeys.failures(space);
  }

  /** Tenants that have a gallery, in any space. */
  tenants(): Promise<string[]> {
    return this.redis.hkeys(galleryKeys.spaces);
  }

  /** Starts a new rebuild, unless one is in progress. */
  async begin(): Promise<void> {
    await beginRebuild.run(this.redis, [this.rebuild, this.left, this.failed], [now()]);
  }

  async add(people: readonly PersonOfTenant[]): Promise<void> {
    if (people.length === 0) return;
    await addPeople.run(this.redis, [this.rebuild, this.left], people.map(memberOf));
  }

  /** All people are added. @returns whether the rebuild is finished */
  async listed(): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces];
    return (await allListed.run(this.redis, keys, [this.space, now()])) === 1;
  }

  /** A person is finished. @returns whether the rebuild is finished */
  async done(
    person: PersonOfTenant,
    embedded: number,
    failures: readonly PhotographFailure[],
  ): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces, this.failed];
    const ended = await personDone.run(this.redis, keys, [
      this.space,
      now(),
      memberOf(person),
      embedded,
      failures.length,
      ...failures.flatMap(({ key, code, message }) => [
        `${memberOf(person)} ${key}`,
        JSON.stringify({ code, message }),
      ]),
    ]);
    return ended === 1;
  }

  async waitFor(problem: RebuildProblem): Promise<void> {
    const { code, message } = problem;
    await this.redis.hset(this.rebuild, 'waitsFor', JSON.stringify({ code, message }));
  }

  /** Null when there was never a rebuild in this space. */
  async read(): Promise<RebuildProgress | null> {
    const hash = await this.redis.hgetall(this.rebuild);
    if (hash.state === undefined) return null;
    return { ...progressSchema.parse(hash), left: await this.redis.scard(this.left) };
  }

  /** Photographs of a tenant that could not be embedded. */
  async failures(tenant: string): Promise<(PersonOfTenant & PhotographFailure)[]> {
    const all = Object.entries(await this.redis.hgetall(this.failed));
    return all.flatMap(([field, value]) => {
      const [of, personId, key] = field.split(' ');
      if (of !== tenant) return [];
      const problem = parseStored(
        problemSchema,
        value,
        'a failure of the gallery rebuild',
        'match',
      );
      return [{ tenant, personId: personId!, key: key ?? '', ...problem }];
    });
  }
}

function memberOf({ tenant, personId }: PersonOfTenant): string {
  return `${tenant} ${personId}`;
}

function now(): string {
  return new Date().toISOString();
}
