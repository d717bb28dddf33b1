import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { REDIS } from '#shared/platform/tokens.js';
import { MODEL_SPACE, type ModelSpace } from '../tokens.js';
import { galleryKeys } from './gallery-spaces.js';

/**
 * Ends the rebuild when everybody is listed and nobody is left: from then on the galleries are of the
 * space. When not one photograph could be embedded something else is wrong, and they stay what they are.
 * KEYS: rebuild, left, spaces. ARGV: space, now.
 */
const END_IF_OVER = `
if redis.call('HGET', KEYS[1], 'state') ~= 'running' or redis.call('SCARD', KEYS[2]) > 0 then return 0 end
local embedded = tonumber(redis.call('HGET', KEYS[1], 'embedded') or '0')
local failed = tonumber(redis.call('HGET', KEYS[1], 'failed') or '0')
local state = 'failed'
if embedded > 0 or failed == 0 then
  state = 'done'
  for _, tenant in ipairs(redis.call('HKEYS', KEYS[3])) do redis.call('HSET', KEYS[3], tenant, ARGV[1]) end
end
redis.call('HSET', KEYS[1], 'state', state, 'finishedAt', ARGV[2])
redis.call('HDEL', KEYS[1], 'waitsFor')
return 1
`;

/**
 * Begins a rebuild, unless one is under way.
 * KEYS: rebuild, left, failures. ARGV: now. Returns the state before.
 */
const BEGIN_SCRIPT = `
local state = redis.call('HGET', KEYS[1], 'state')
if state == 'listing' or state == 'running' then return state end
redis.call('DEL', KEYS[1], KEYS[2], KEYS[3])
redis.call('HSET', KEYS[1], 'state', 'listing', 'startedAt', ARGV[1])
return state or ''
`;

/** Adds people who are to be embedded. KEYS: rebuild, left. ARGV: members of `left`. */
const ADD_SCRIPT = `
local added = 0
for _, member in ipairs(ARGV) do added = added + redis.call('SADD', KEYS[2], member) end
redis.call('HINCRBY', KEYS[1], 'people', added)
return added
`;

/** Everybody is listed. */
const LISTED_SCRIPT = `
if redis.call('HGET', KEYS[1], 'state') == 'listing' then redis.call('HSET', KEYS[1], 'state', 'running') end
${END_IF_OVER}`;

/**
 * Somebody is done; counted once. KEYS[4]: failures. ARGV[3] on: member of `left`, photographs embedded,
 * photographs failed, then field and value of each failure.
 */
const DONE_SCRIPT = `
if redis.call('SREM', KEYS[2], ARGV[3]) == 1 then
  redis.call('HINCRBY', KEYS[1], 'embedded', ARGV[4])
  redis.call('HINCRBY', KEYS[1], 'failed', ARGV[5])
  redis.call('HDEL', KEYS[1], 'waitsFor')
  for i = 6, #ARGV, 2 do redis.call('HSET', KEYS[4], ARGV[i], ARGV[i + 1]) end
end
${END_IF_OVER}`;

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

interface RebuildCommands {
  galleryBegin(...args: string[]): Promise<string>;
  galleryAdd(...args: string[]): Promise<number>;
  galleryListed(...args: string[]): Promise<number>;
  galleryDone(...args: (string | number)[]): Promise<number>;
}

/** Progress of the gallery's rebuild in this space, stored in Redis so that it survives a crash. */
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

  /** Tenants that have a gallery, in any space. */
  tenants(): Promise<string[]> {
    return this.redis.hkeys(galleryKeys.spaces);
  }

  /** Starts a new rebuild, unless one is in progress. */
  async begin(): Promise<void> {
    await this.commands.galleryBegin(this.rebuild, this.left, this.failed, now());
  }

  async add(people: readonly PersonOfTenant[]): Promise<void> {
    if (people.length === 0) return;
    await this.commands.galleryAdd(this.rebuild, this.left, ...people.map(memberOf));
  }

  /** All people are added. @returns whether the rebuild is finished */
  async listed(): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces];
    return (await this.commands.galleryListed(...keys, this.space, now())) === 1;
  }

  /** A person is finished. @returns whether the rebuild is finished */
  async done(
    person: PersonOfTenant,
    embedded: number,
    failures: readonly PhotographFailure[],
  ): Promise<boolean> {
    const keys = [this.rebuild, this.left, galleryKeys.spaces, this.failed];
    const ended = await this.commands.galleryDone(
      ...keys,
      this.space,
      now(),
      memberOf(person),
      embedded,
      failures.length,
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
