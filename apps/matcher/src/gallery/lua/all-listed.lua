-- All people are listed. Returns 1 when the rebuild ends with that, or 0.
local rebuild, left, spaces = KEYS[1], KEYS[2], KEYS[3]
local space, now = ARGV[1], ARGV[2]

-- @include end-if-complete.lua
if redis.call('HGET', rebuild, 'state') == 'listing' then redis.call('HSET', rebuild, 'state', 'running') end
return end_if_complete(rebuild, left, spaces, space, now)
