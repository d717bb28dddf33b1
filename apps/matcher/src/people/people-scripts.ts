/** KEYS: people, index. ARGV: id, entry, index member. Returns 1, or 0 when the id is taken. */
export const CREATE_SCRIPT = `
if redis.call('HSETNX', KEYS[1], ARGV[1], ARGV[2]) == 0 then return 0 end
redis.call('ZADD', KEYS[2], 0, ARGV[3])
return 1
`;

/** KEYS: people. ARGV: id, name. Returns the new entry, or nothing when there is no such person. */
export const RENAME_SCRIPT = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return false end
local person = cjson.decode(entry)
person.name = ARGV[2]
local renamed = cjson.encode(person)
redis.call('HSET', KEYS[1], ARGV[1], renamed)
return renamed
`;

/** KEYS: people, index. ARGV: id. Returns 1, or 0 when there is no such person. */
export const REMOVE_SCRIPT = `
local entry = redis.call('HGET', KEYS[1], ARGV[1])
if not entry then return 0 end
redis.call('HDEL', KEYS[1], ARGV[1])
redis.call('ZREM', KEYS[2], cjson.decode(entry).createdAt .. ' ' .. ARGV[1])
return 1
`;
