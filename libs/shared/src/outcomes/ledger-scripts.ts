/** Entry format: see parseLedgerEntry in outcome.ts. Owners are import ids, and 'c' for a camera, which is not counted. */

/** KEYS: one bucket per image. ARGV: owner, then one field per image. Returns the entries found, '' for none. */
export const CLAIM_SCRIPT = `
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
 * KEYS: bucket, event stream. ARGV: import key prefix, field, outcome, letter, error code, log entry,
 * faces, log length, stream length, then tenant and event per event. Returns 1, or 0 when done before.
 */
export const FINISH_SCRIPT = `
local prefix, field, outcome, letter, code = ARGV[1], ARGV[2], ARGV[3], ARGV[4], ARGV[5]
local entry = redis.call('HGET', KEYS[1], field)
local owners = ''
if entry then
  local before = string.sub(entry, 1, 1)
  if before ~= 'p' and before ~= 'e' then return 0 end
  if before == 'e' and letter == 'e' then return 0 end
  owners = string.match(string.sub(entry, 2), '^[^:]*')
  if before == 'e' then
    for owner in string.gmatch(owners, '%d+') do
      redis.call('HINCRBY', prefix .. owner .. ':counts', 'failed', -1)
    end
  end
end
local value = letter .. owners
if code ~= '' then value = value .. ':' .. code end
redis.call('HSET', KEYS[1], field, value)
for owner in string.gmatch(owners, '%d+') do
  local counts = prefix .. owner .. ':counts'
  redis.call('HINCRBY', counts, outcome, 1)
  if tonumber(ARGV[7]) > 0 then redis.call('HINCRBY', counts, 'faces', ARGV[7]) end
  if outcome ~= 'named' and outcome ~= 'unknown' then
    redis.call('XADD', prefix .. owner .. ':log', 'MAXLEN', '~', ARGV[8], '*', 'image', ARGV[6])
  end
end
for i = 10, #ARGV, 2 do
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', ARGV[9], '*', 'tenant', ARGV[i], 'event', ARGV[i + 1])
end
return 1
`;

/** KEYS: bucket. ARGV: import key prefix, field, owner. Returns how many owners are left; 0 drops a pending entry. */
export const RELEASE_SCRIPT = `
local entry = redis.call('HGET', KEYS[1], ARGV[2])
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
