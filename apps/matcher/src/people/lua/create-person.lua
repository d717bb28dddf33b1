-- Returns 1, or 0 when the id is taken.
local people, index = KEYS[1], KEYS[2]
local id, entry, member = ARGV[1], ARGV[2], ARGV[3]

if redis.call('HSETNX', people, id, entry) == 0 then return 0 end
redis.call('ZADD', index, 0, member)
return 1
