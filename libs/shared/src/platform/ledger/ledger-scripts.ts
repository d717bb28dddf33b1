import { deadLetterKeys } from './keys.js';

/** Fields of an import's counts: past it, an error code that is new counts as OTHER. */
const MOST_FIELDS = 100;

/**
 * Lua that counts the refused and failed images of an import by error code, in the fields `code:CODE` of
 * its counts.
 */
export const PROBLEM_FUNCTIONS = `
local function count_problem(counts, code, images)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 and redis.call('HLEN', counts) >= ${MOST_FIELDS} then
    name = 'code:OTHER'
  end
  redis.call('HINCRBY', counts, name, images)
end

local function uncount_problem(counts, code)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 then name = 'code:OTHER' end
  if redis.call('HINCRBY', counts, name, -1) <= 0 then redis.call('HDEL', counts, name) end
end
`;

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

/**
 * Entry format: see parseLedgerEntry in outcome.ts. Owners are import ids, and 'c' for a camera, which
 * is not counted.
 */

/**
 * KEYS: one bucket per image. ARGV: owner, then one field per image, then one id per image. Returns the
 * entries found, '' for none. A failed image that is claimed afresh is no dead letter any more.
 */
export const CLAIM_SCRIPT = `${LETTER_FUNCTIONS}
local owner = ARGV[1]
local found = {}
for i, bucket in ipairs(KEYS) do
  local field = ARGV[i + 1]
  local entry = redis.call('HGET', bucket, field)
  if not entry then
    redis.call('HSET', bucket, field, 'p' .. owner)
    found[i] = ''
  else
    local letter = string.sub(entry, 1, 1)
    if letter == 'e' then
      local owners = string.match(string.sub(entry, 2), '^[^:]*')
      if owner ~= 'c' and string.find(',' .. owners .. ',', ',' .. owner .. ',', 1, true) then
        found[i] = entry
      else
        redis.call('HSET', bucket, field, 'p' .. owner)
        forget_letter(ARGV[1 + #KEYS + i])
        found[i] = ''
      end
    else
      if letter == 'p' then
        local owners = string.sub(entry, 2)
        if not string.find(',' .. owners .. ',', ',' .. owner .. ',', 1, true) then
          if owners == '' then owners = owner else owners = owners .. ',' .. owner end
          redis.call('HSET', bucket, field, 'p' .. owners)
        end
      end
      found[i] = entry
    end
  end
end
return found
`;

/**
 * The outcome takes the place of a failure; a failure takes the place of one too, but is not counted again.
 * Imports whose counts have expired meanwhile are left alone.
 * KEYS: bucket, event stream. ARGV: import key prefix, field, outcome, letter, error code, log entry,
 * faces, log length, stream length, image id, the dead letter's head and text or '', most dead letters,
 * time before which they are forgotten, trace context or '', then tenant and event per event. Returns 1, or 0 when done before.
 */
export const FINISH_SCRIPT = `${LETTER_FUNCTIONS}${PROBLEM_FUNCTIONS}
local prefix, field, outcome, letter, code = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local entry = redis.call('HGET', KEYS[1], field)
local before, owners, old = '', '', ''
if entry then
  before = string.sub(entry, 1, 1)
  if before ~= 'p' and before ~= 'e' then return 0 end
  owners, old = string.match(string.sub(entry, 2), '^([^:]*):?(.*)$')
end
local again = before == 'e' and letter == 'e'
local value = letter .. owners
if code ~= '' then value = value .. ':' .. code end
redis.call('HSET', KEYS[1], field, value)
for owner in string.gmatch(owners, '%d+') do
  local counts = prefix .. owner .. ':counts'
  if before ~= 'e' or redis.call('EXISTS', counts) == 1 then
    if before == 'e' then
      redis.call('HINCRBY', counts, 'failed', -1)
      if old ~= '' then uncount_problem(counts, old) end
    end
    redis.call('HINCRBY', counts, outcome, 1)
    if code ~= '' then count_problem(counts, code, 1) end
    if tonumber(ARGV[7]) > 0 then redis.call('HINCRBY', counts, 'faces', ARGV[7]) end
    if not again and (before == 'e' or (outcome ~= 'named' and outcome ~= 'unknown')) then
      redis.call('XADD', prefix .. owner .. ':log', 'MAXLEN', '~', ARGV[8], '*', 'image', ARGV[6])
    end
  end
end
if ARGV[11] ~= '' then
  put_letter(ARGV[10], ARGV[11], owners, ARGV[12], ARGV[13], ARGV[14])
elseif before == 'e' then
  forget_letter(ARGV[10])
  redis.call('DEL', LETTERS .. ':replays:' .. ARGV[10])
end
local trace = {}
if ARGV[15] ~= '' then trace = { 'traceparent', ARGV[15] } end
for i = 16, #ARGV, 2 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[9], '*', 'tenant', ARGV[i], 'event', ARGV[i + 1], unpack(trace))
end
if again then return 0 end
return 1
`;

/**
 * First step of a replay: an image that was refused counts as failed until its job ends again, so that
 * the sums of its imports stay right meanwhile.
 * KEYS: bucket. ARGV: import key prefix, field or '' when the letter is no image's, letter's id, when it
 * died, seconds to remember the replay. Returns 0 when the letter is gone or another, or the image is
 * being tried already.
 */
export const REOPEN_SCRIPT = `${LETTER_FUNCTIONS}
local prefix, field, id = ARGV[1], ARGV[2], ARGV[3]
local tenant, kind, died = letter_head(id)
if died ~= ARGV[4] then return 0 end
local entry = field ~= '' and redis.call('HGET', KEYS[1], field)
if entry then
  local before = string.sub(entry, 1, 1)
  if before == 'r' then
    redis.call('HSET', KEYS[1], field, 'e' .. string.sub(entry, 2))
    for owner in string.gmatch(string.match(string.sub(entry, 2), '^[^:]*'), '%d+') do
      local counts = prefix .. owner .. ':counts'
      if redis.call('EXISTS', counts) == 1 then
        redis.call('HINCRBY', counts, 'refused', -1)
        redis.call('HINCRBY', counts, 'failed', 1)
      end
    end
  elseif before ~= 'e' then
    forget_letter(id)
    return 0
  end
end
local replays = LETTERS .. ':replays:' .. id
redis.call('INCR', replays)
redis.call('EXPIRE', replays, ARGV[5])
return 1
`;

/**
 * KEYS: bucket. ARGV: import key prefix, field, owner. Returns how many owners are left; 0 drops a pending
 * entry. Who replays a failed image counts as one.
 */
export const RELEASE_SCRIPT = `
local entry = redis.call('HGET', KEYS[1], ARGV[2])
if entry and string.sub(entry, 1, 1) == 'e' then return 1 end
if not entry or string.sub(entry, 1, 1) ~= 'p' then return 0 end
local rest, mine = {}, false
for owner in string.gmatch(string.sub(entry, 2), '[^,]+') do
  if owner == ARGV[3] then mine = true else rest[#rest + 1] = owner end
end
if mine then redis.call('HINCRBY', ARGV[1] .. ARGV[3] .. ':counts', 'cancelled', 1) end
if #rest == 0 then
  redis.call('HDEL', KEYS[1], ARGV[2])
else
  redis.call('HSET', KEYS[1], ARGV[2], 'p' .. table.concat(rest, ','))
end
return #rest
`;
