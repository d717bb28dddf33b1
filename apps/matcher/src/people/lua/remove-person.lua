-- Returns 1, or 0 when there is no such person.
local people, index = KEYS[1], KEYS[2]
local id = ARGV[1]

local entry = redis.call('HGET', people, id)
if not entry then return 0 end
redis.call('HDEL', people, id)
redis.call('ZREM', index, cjson.decode(entry).createdAt .. ' ' .. id)
return 1
