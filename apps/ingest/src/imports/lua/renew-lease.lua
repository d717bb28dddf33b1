-- Renews the lease of an import. Returns 1, or 0 when another runner holds it.
local lease = KEYS[1]
local token, milliseconds = ARGV[1], ARGV[2]

if redis.call('GET', lease) ~= token then return 0 end
return redis.call('PEXPIRE', lease, milliseconds)
