-- Writes the plan of a page, or removes it. Returns 1, or 0 when another runner holds the lease.
local lease, pages = KEYS[1], KEYS[2]
local token = ARGV[1]
local page = ARGV[2]
local plan = ARGV[3] -- or '' for a page whose images all have an outcome

if redis.call('GET', lease) ~= token then return 0 end
if plan == '' then redis.call('HDEL', pages, page) else redis.call('HSET', pages, page, plan) end
return 1
