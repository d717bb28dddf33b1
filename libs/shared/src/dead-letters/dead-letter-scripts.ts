import { deadLetterKeys } from './dead-letter-keys.js';

/**
 * Lua that the scripts of the ledger and of the dead letters share: a letter is written or removed in
 * the same step as the outcome that it belongs to.
 * - `letter_head(id)`: tenant, `CODE STAGE`, and when it died; or nothing
 * - `forget_letter(id)`: 1 when there was one
 * - `put_letter(id, head, owners, text, most, oldest)`: in place of one of the same id; the oldest beyond
 *   `most`, and those that died before `oldest`, are forgotten, a hundred a time at most
 */
export const LETTER_FUNCTIONS = `
local LETTERS = '${deadLetterKeys.letters}'

local function letter_head(id)
  local value = redis.call('HGET', LETTERS, id)
  if not value then return nil end
  return string.match(value, '^(%S+) (%S+ %S+) (%d+) ')
end

local function forget_letter(id)
  local tenant, kind, died = letter_head(id)
  if not tenant then return 0 end
  local counts = LETTERS .. ':counts:' .. tenant
  redis.call('HDEL', LETTERS, id)
  redis.call('ZREM', LETTERS .. ':index:' .. tenant, died .. ':' .. id)
  if redis.call('HINCRBY', counts, kind, -1) <= 0 then redis.call('HDEL', counts, kind) end
  return 1
end

local function forget_members(tenant, members)
  for _, member in ipairs(members) do forget_letter(string.match(member, ':(.*)$')) end
  if #members > 0 then redis.call('HINCRBY', LETTERS .. ':counts:' .. tenant, 'forgotten', #members) end
end

local function forget_old(tenant, oldest)
  local index = LETTERS .. ':index:' .. tenant
  forget_members(tenant, redis.call('ZRANGE', index, '-', '(' .. oldest, 'BYLEX', 'LIMIT', 0, 100))
end

local function put_letter(id, head, owners, text, most, oldest)
  forget_letter(id)
  local tenant, kind, died = string.match(head, '^(%S+) (%S+ %S+) (%d+)$')
  local index = LETTERS .. ':index:' .. tenant
  local replays = redis.call('GET', LETTERS .. ':replays:' .. id) or '0'
  if owners == '' then owners = '-' end
  redis.call('HSET', LETTERS, id, head .. ' ' .. replays .. ' ' .. owners .. '\\n' .. text)
  redis.call('ZADD', index, 0, died .. ':' .. id)
  redis.call('HINCRBY', LETTERS .. ':counts:' .. tenant, kind, 1)
  forget_old(tenant, oldest)
  local over = math.min(redis.call('ZCARD', index) - tonumber(most), 100)
  if over > 0 then forget_members(tenant, redis.call('ZRANGE', index, 0, over - 1)) end
end
`;

/** ARGV: id, head, text, most, oldest. */
export const PUT_LETTER_SCRIPT = `${LETTER_FUNCTIONS}
put_letter(ARGV[1], ARGV[2], '', ARGV[3], ARGV[4], ARGV[5])
return 1
`;

/** Removes a letter that is still the one known. ARGV: id, when it died. Returns 1, or 0 when it is another. */
export const REMOVE_LETTER_SCRIPT = `${LETTER_FUNCTIONS}
local tenant, kind, died = letter_head(ARGV[1])
if died ~= ARGV[2] then return 0 end
return forget_letter(ARGV[1])
`;

/** ARGV: tenant, milliseconds since the epoch before which letters have died that are forgotten. */
export const FORGET_OLD_SCRIPT = `${LETTER_FUNCTIONS}
forget_old(ARGV[1], ARGV[2])
return 1
`;
