-- Adds people who are to be embedded. Returns how many of them are new.
local rebuild, left = KEYS[1], KEYS[2]
local members = ARGV -- `TENANT PERSON`

local added = 0
for _, member in ipairs(members) do added = added + redis.call('SADD', left, member) end
redis.call('HINCRBY', rebuild, 'people', added)
return added
