-- Functions of dead letters. A letter is written or removed in the same step as the outcome it belongs to.
-- The keys are those of deadLetterKeys in keys.ts.
local LETTERS = 'sightline:dead-letters'

-- Maximum number of letters that one call forgets.
local FORGET_LIMIT = 100

-- Returns the tenant, `CODE STAGE` and the time of death of a letter, or nil.
local function letter_head(id)
  local value = redis.call('HGET', LETTERS, id)
  if not value then return nil end
  return string.match(value, '^(%S+) (%S+ %S+) (%d+) ')
end

-- Returns 1, or 0 when there is no such letter.
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

-- Forgets letters of a tenant that died before `oldest`.
local function forget_old(tenant, oldest)
  local index = LETTERS .. ':index:' .. tenant
  forget_members(tenant, redis.call('ZRANGE', index, '-', '(' .. oldest, 'BYLEX', 'LIMIT', 0, FORGET_LIMIT))
end

-- Replaces a letter of the same id. Forgets the letters that died before `oldest`, and the oldest letters
-- when there are more than `most`.
local function put_letter(id, head, owners, text, most, oldest)
  forget_letter(id)
  local tenant, kind, died = string.match(head, '^(%S+) (%S+ %S+) (%d+)$')
  local index = LETTERS .. ':index:' .. tenant
  local replays = redis.call('GET', LETTERS .. ':replays:' .. id) or '0'
  if owners == '' then owners = '-' end
  redis.call('HSET', LETTERS, id, head .. ' ' .. replays .. ' ' .. owners .. '\n' .. text)
  redis.call('ZADD', index, 0, died .. ':' .. id)
  redis.call('HINCRBY', LETTERS .. ':counts:' .. tenant, kind, 1)
  forget_old(tenant, oldest)
  local over = math.min(redis.call('ZCARD', index) - most, FORGET_LIMIT)
  if over > 0 then forget_members(tenant, redis.call('ZRANGE', index, 0, over - 1)) end
end
