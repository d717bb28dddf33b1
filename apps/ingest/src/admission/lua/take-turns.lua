-- Gives a tenant consecutive places on a queue. The turn of a place is the place divided by the images of a turn,
-- and its jobs are served after those of all earlier turns. Returns the first place, or -1 while there is none: when
-- all turns are used up, they begin at 0 again once the queue is empty.
local turns, waiting = KEYS[1], KEYS[2] -- hash; sorted set of BullMQ with the waiting jobs of priority 1 or more
local tenant = ARGV[1]
local images = tonumber(ARGV[2])
local images_per_turn = tonumber(ARGV[3])
local last_turn = tonumber(ARGV[4])

-- BullMQ's score is priority * 2^32 + a counter, and the priority of turn 0 is 1.
local PRIORITY = 4294967296
-- Field with the turn that is being served. No tenant has this name.
local NOW = '#now'

local head = redis.call('ZRANGE', waiting, 0, 0, 'WITHSCORES')
local now = tonumber(redis.call('HGET', turns, NOW) or '0')
if head[2] then now = math.max(now, math.floor(tonumber(head[2]) / PRIORITY) - 1) end
local place = math.max(now * images_per_turn, tonumber(redis.call('HGET', turns, tenant) or '0'))
if place + images > last_turn * images_per_turn then
  if head[2] then return -1 end
  redis.call('DEL', turns)
  now, place = 0, 0
end
redis.call('HSET', turns, NOW, now, tenant, place + images)
return place
