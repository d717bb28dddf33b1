-- Writes how fast an import is, or that this is unknown. Returns 1, or 0 when another runner holds the lease.
local lease, state = KEYS[1], KEYS[2]
local token = ARGV[1]
local rate = ARGV[2] -- images per second, or ''
local now = ARGV[3]

if redis.call('GET', lease) ~= token then return 0 end
if rate == '' then redis.call('HDEL', state, 'rate', 'rateAt')
else redis.call('HSET', state, 'rate', rate, 'rateAt', now) end
return 1
