-- Returns the new entry, or nothing when there is no such person.
local people = KEYS[1]
local id, name = ARGV[1], ARGV[2]

local entry = redis.call('HGET', people, id)
if not entry then return false end
local person = cjson.decode(entry)
person.name = name
local renamed = cjson.encode(person)
redis.call('HSET', people, id, renamed)
return renamed
