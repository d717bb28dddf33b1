-- Writes the plan of a page. Returns 1, or 0 when another runner holds the lease.
local lease, pages = KEYS[1], KEYS[2]
local token = ARGV[1]
local page, plan = ARGV[2], ARGV[3]

if redis.call('GET', lease) ~= token then return 0 end
redis.call('HSET', pages, page, plan)
return 1
