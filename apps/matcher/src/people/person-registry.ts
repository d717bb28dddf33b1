import { Inject, Injectable } from '@nestjs/common';
import { type Redis } from 'ioredis';
import { z } from 'zod';
import { type Person } from '#shared/contracts/http/people.http.js';
import { parseStored } from '#shared/contracts/parse-stored.js';
import { type PipelineError } from '#shared/contracts/pipeline-error.js';
import { KEY_PREFIX } from '#shared/platform/queue/redis.js';
import { LuaScript } from '#shared/platform/redis/lua-script.js';
import { REDIS } from '#shared/platform/tokens.js';
import { requestError } from '../request-error.js';
import { type Page } from '../vectors/vector-store.port.js';

const createPerson = new LuaScript<number>(import.meta.dirname, 'lua/create-person.lua');
const renamePerson = new LuaScript<string | null>(import.meta.dirname, 'lua/rename-person.lua');
const removePerson = new LuaScript<number>(import.meta.dirname, 'lua/remove-person.lua');

const entrySchema = z.object({ name: z.string(), createdAt: z.string() });

/**
 * The people of each tenant in Redis: a hash of entries by person id, and a sorted set of
 * `createdAt id` for paging.
 */
@Injectable()
export class PersonRegistry {
  constructor(@Inject(REDIS) private readonly redis: Redis) {}

  /** @returns false when the id is already used; then nothing is changed */
  async create(tenant: string, person: Person): Promise<boolean> {
    const { id, name, createdAt } = person;
    const entry = JSON.stringify({ name, createdAt });
    const keys = [peopleKey(tenant), indexKey(tenant)];
    return (await createPerson.run(this.redis, keys, [id, entry, indexMember(person)])) === 1;
  }

  /** @throws PipelineError PERSON_NOT_FOUND (404) */
  async require(tenant: string, id: string): Promise<Person> {
    const person = await this.get(tenant, id);
    if (!person) throw personNotFound(id);
    return person;
  }

  async get(tenant: string, id: string): Promise<Person | null> {
    return (await this.getMany(tenant, [id])).get(id) ?? null;
  }

  /** The people that exist, by id. */
  async getMany(tenant: string, ids: readonly string[]): Promise<Map<string, Person>> {
    if (ids.length === 0) return new Map();
    const entries = await this.redis.hmget(peopleKey(tenant), ...ids);
    const people = ids.flatMap((id, i) => {
      const entry = entries[i];
      return entry ? [[id, parsePerson(id, entry)] as const] : [];
    });
    return new Map(people);
  }

  async rename(tenant: string, id: string, name: string): Promise<Person | null> {
    const entry = await renamePerson.run(this.redis, [peopleKey(tenant)], [id, name]);
    return entry === null ? null : parsePerson(id, entry);
  }

  /** @returns false when there was no such person */
  async remove(tenant: string, id: string): Promise<boolean> {
    return (await removePerson.run(this.redis, [peopleKey(tenant), indexKey(tenant)], [id])) === 1;
  }

  /** Tenants that have at least one person. */
  async tenants(): Promise<string[]> {
    const tenants = new Set<string>();
    let cursor = '0';
    do {
      const [next, keys] = await this.redis.scan(cursor, 'MATCH', peopleKey('*'), 'COUNT', 1_000);
      for (const key of keys) tenants.add(key.slice(peopleKey('').length));
      cursor = next;
    } while (cursor !== '0');
    return [...tenants];
  }

  /** Number of a tenant's people. */
  count(tenant: string): Promise<number> {
    return this.redis.hlen(peopleKey(tenant));
  }

  /** Oldest first. */
  async page(tenant: string, page: { cursor?: string; limit: number }): Promise<Page<Person>> {
    const from = page.cursor === undefined ? '-' : `(${page.cursor}`;
    const range = ['LIMIT', 0, page.limit + 1] as const;
    const members = await this.redis.zrangebylex(indexKey(tenant), from, '+', ...range);
    const shown = members.slice(0, page.limit);
    const people = await this.getMany(tenant, shown.map(idOfMember));
    return {
      items: shown.flatMap((member) => people.get(idOfMember(member)) ?? []),
      cursor: members.length > page.limit ? shown.at(-1)! : null,
    };
  }
}

export function personNotFound(id: string): PipelineError {
  return requestError(404, 'PERSON_NOT_FOUND', `there is no person with the id ${id}`, { id });
}

export function noTemplates(personId: string): PipelineError {
  return requestError(422, 'NO_TEMPLATES', `person ${personId} has no photograph enrolled`, {
    personId,
  });
}

function peopleKey(tenant: string): string {
  return `${KEY_PREFIX}:people:${tenant}`;
}

function indexKey(tenant: string): string {
  return `${KEY_PREFIX}:people-index:${tenant}`;
}

function indexMember(person: Person): string {
  return `${person.createdAt} ${person.id}`;
}

function idOfMember(member: string): string {
  return member.slice(member.indexOf(' ') + 1);
}

function parsePerson(id: string, entry: string): Person {
  return { id, ...parseStored(entrySchema, entry, `person ${id}`, 'query') };
}
