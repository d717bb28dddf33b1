-- Gives the lease of an import back. Returns 1, or 0 when another runner holds it.
local lease = KEYS[1]
local token = ARGV[1]

if redis.call('GET', lease) ~= token then return 0 end
return redis.call('DEL', lease)
