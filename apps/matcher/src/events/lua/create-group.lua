-- Creates a consumer group at the end of a stream. From Redis 7 on, Redis counts what the group reads and
-- knows how far behind it is, if the group is created with the number of entries so far.
local stream = KEYS[1]
local group = ARGV[1]

if not redis.REDIS_VERSION_NUM then
  return redis.call('XGROUP', 'CREATE', stream, group, '$', 'MKSTREAM')
end
local added = 0
if redis.call('EXISTS', stream) == 1 then
  local info = redis.call('XINFO', 'STREAM', stream)
  for i = 1, #info, 2 do if info[i] == 'entries-added' then added = info[i + 1] end end
end
return redis.call('XGROUP', 'CREATE', stream, group, '$', 'MKSTREAM', 'ENTRIESREAD', added)
