-- First step of a replay. A refused image counts as failed until its job ends again, so that the sums of its
-- imports stay correct. Returns 0 when the letter is gone or has changed, or the image is already in progress.
local bucket = KEYS[1]
local import_prefix = ARGV[1]
local field = ARGV[2] -- '' when the letter is not about an image
local id, known_died = ARGV[3], ARGV[4]
local remember_seconds = ARGV[5]

-- @include dead-letters.lua
local tenant, kind, died = letter_head(id)
if died ~= known_died then return 0 end
local entry = field ~= '' and redis.call('HGET', bucket, field)
if entry then
  local before = string.sub(entry, 1, 1)
  if before == 'r' then
    redis.call('HSET', bucket, field, 'e' .. string.sub(entry, 2))
    for owner in string.gmatch(string.match(string.sub(entry, 2), '^[^:]*'), '%d+') do
      local counts = import_prefix .. owner .. ':counts'
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
redis.call('EXPIRE', replays, remember_seconds)
return 1
