import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { MODEL_SPACE, type ModelSpace } from '../model-space.js';
import { REDIS } from '../tokens.js';
import { galleryKeys } from './gallery-keys.js';
import { ADD_SCRIPT, BEGIN_SCRIPT, DONE_SCRIPT, LISTED_SCRIPT } from './rebuild-scripts.js';

const problemSchema = z.object({ code: z.string(), message: z.string() });
export type RebuildProblem = z.infer<typeof problemSchema>;

const count = z.coerce.number().int().default(0);

const progressSchema = z.object({
  /** `failed`: not one photograph could be embedded. */
  state: z.enum(['listing', 'running', 'done', 'failed']),
  people: count,
  /** Photographs that have a template in the space, and those that cannot get one. */
  embedded: count,
  failed: count,
  startedAt: z.string(),
  finishedAt: z.string().optional(),
  /** Why nothing moves. */
  waitsFor: z
    .string()
    .transform((text) => parseStored(problemSchema, text, 'what the rebuild waits for', 'match'))
    .optional(),
});

export interface RebuildProgress extends z.output<typeof progressSchema> {
  /** People who are still to be embedded. */
  readonly left: number;
}

export interface PersonOfTenant {
  readonly tenant: string;
  readonly personId: string;
}

export interface PhotographFailure extends RebuildProblem {
  /** In the uploads store; empty when it was not a photograph that failed. */
  readonly key: string;
}

interface RebuildCommands {
  galleryBegin(...args: string[]): Promise<string>;
  galleryAdd(...args: string[]): Promise<number>;
  galleryListed(...args: string[]): Promise<number>;
  galleryDone(...args: (string | number)[]): Promise<number>;
}

/** How far embedding the gallery again in this space is: in Redis, so that a crash loses nothing of it. */
@Injectable()
export class RebuildRepository {
  private readonly commands: RebuildCommands;
  private readonly space: string;
  private readonly rebuild: string;
  private readonly left: string;
  private readonly failed: string;

  constructor(
    @Inject(REDIS) private readonly redis: Redis,
    @Inject(MODEL_SPACE) { space }: ModelSpace,
  ) {
    redis.defineCommand('galleryBegin', { lua: BEGIN_SCRIPT, numberOfKeys: 3 });
    redis.defineCommand('galleryAdd', { lua: ADD_SCRIPT, numberOfKeys: 2 });
    redis.defineCommand('galleryListed', { lua: LISTED_SCRIPT, numberOfKeys: 3 });
    redis.defineCommand('galleryDone', { lua: DONE_SCRIPT, numberOfKeys: 4 });
    this.commands = redis as unknown as RebuildCommands;
    this.space = space;
    this.rebuild = galleryKeys.rebuild(space);
    this.left = galleryKeys.left(space);
    this.failed = galleryKeys.failures(space);
  }

  /** Tenants who have a gallery, of whatever space. */
  tenants(): Promise<string[]> {
    return this.redis.hkeys(galleryKeys.spaces);
  }

  /** Begins afresh, unless a rebuild is under way. */
  async begin(): Promise<void> {
    await this.commands.galleryBegin(this.rebuild, this.left, this.failed, now());
  }

  async add(people: readonly PersonOfTenant[]): Promise<void> {
    if (people.length === 0) return;
    await this.commands.galleryAdd(this.rebuild, this.left, ...people.map(memberOf));
  }

  /** Everybody is added. @returns whether that was the end of it */
  async listed(): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces];
    return (await this.commands.galleryListed(...keys, this.space, now())) === 1;
  }

  /** @returns whether that was the last one */
  async done(
    person: PersonOfTenant,
    embedded: number,
    failures: readonly PhotographFailure[],
  ): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces, this.failed];
    const ended = await this.commands.galleryDone(
      ...[...keys, this.space, now()],
      ...[memberOf(person), embedded, failures.length],
      ...failures.flatMap(({ key, code, message }) => [
        `${memberOf(person)} ${key}`,
        JSON.stringify({ code, message }),
      ]),
    );
    return ended === 1;
  }

  async waitFor(problem: RebuildProblem): Promise<void> {
    const { code, message } = problem;
    await this.redis.hset(this.rebuild, 'waitsFor', JSON.stringify({ code, message }));
  }

  /** Null when there never was one in this space. */
  async read(): Promise<RebuildProgress | null> {
    const hash = await this.redis.hgetall(this.rebuild);
    if (hash.state === undefined) return null;
    return { ...progressSchema.parse(hash), left: await this.redis.scard(this.left) };
  }

  /** What failed of one tenant's photographs. */
  async failures(tenant: string): Promise<(PersonOfTenant & PhotographFailure)[]> {
    const all = Object.entries(await this.redis.hgetall(this.failed));
    return all.flatMap(([field, value]) => {
      const [of, personId, key] = field.split(' ');
      if (of !== tenant) return [];
      const problem = parseStored(problemSchema, value, 'a failure of the rebuild', 'match');
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
