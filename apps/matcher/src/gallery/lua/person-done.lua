-- A person is done; counted once. Returns 1 when the rebuild ends with that, or 0.
local rebuild, left, spaces, failures = KEYS[1], KEYS[2], KEYS[3], KEYS[4]
local space, now = ARGV[1], ARGV[2]
local member = ARGV[3] -- `TENANT PERSON`
local embedded, failed = ARGV[4], ARGV[5] -- numbers of photographs
local FIRST_FAILURE = 6 -- from here on: field and value of each failure

-- @include end-if-complete.lua
if redis.call('SREM', left, member) == 1 then
  redis.call('HINCRBY', rebuild, 'embedded', embedded)
  redis.call('HINCRBY', rebuild, 'failed', failed)
  redis.call('HDEL', rebuild, 'waitsFor')
  for i = FIRST_FAILURE, #ARGV, 2 do redis.call('HSET', failures, ARGV[i], ARGV[i + 1]) end
end
return end_if_complete(rebuild, left, spaces, space, now)
