-- Removes consumers without pending entries: those that have been idle for a time, and one by name. Returns
-- how many were removed.
local stream = KEYS[1]
local group, name = ARGV[1], ARGV[3]
local idle_ms = tonumber(ARGV[2])

local forgotten = 0
for _, consumer in ipairs(redis.call('XINFO', 'CONSUMERS', stream, group)) do
  local of = {}
  for i = 1, #consumer, 2 do of[consumer[i]] = consumer[i + 1] end
  if of.pending == 0 and (of.idle >= idle_ms or of.name == name) then
    redis.call('XGROUP', 'DELCONSUMER', stream, group, of.name)
    forgotten = forgotten + 1
  end
end
return forgotten
