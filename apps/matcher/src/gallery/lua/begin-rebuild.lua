-- Begins a rebuild, unless one is in progress. Returns the state before, or ''.
local rebuild, left, failures = KEYS[1], KEYS[2], KEYS[3]
local now = ARGV[1]

local state = redis.call('HGET', rebuild, 'state')
if state == 'listing' or state == 'running' then return state end
redis.call('DEL', rebuild, left, failures)
redis.call('HSET', rebuild, 'state', 'listing', 'startedAt', now)
return state or ''
