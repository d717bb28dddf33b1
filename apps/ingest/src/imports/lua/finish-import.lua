-- Ends an import whose images all have an outcome. Returns 1, or 0 when another runner holds the lease.
local lease, state, counts, log, pages, index = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local skipped = KEYS[7]
local token = ARGV[1]
local id, now = ARGV[2], ARGV[3]
local keep_seconds, keep_log_seconds = ARGV[4], ARGV[5]

if redis.call('GET', lease) ~= token then return 0 end
local status = redis.call('HGET', state, 'status')
if status ~= 'cancelled' and status ~= 'failed' then redis.call('HSET', state, 'status', 'done') end
redis.call('HSET', state, 'finishedAt', now)
redis.call('HDEL', state, 'rate', 'rateAt')
redis.call('SREM', index, id)
redis.call('DEL', pages)
redis.call('EXPIRE', state, keep_seconds)
redis.call('EXPIRE', counts, keep_seconds)
redis.call('EXPIRE', log, keep_log_seconds)
redis.call('EXPIRE', skipped, keep_log_seconds)
return 1
