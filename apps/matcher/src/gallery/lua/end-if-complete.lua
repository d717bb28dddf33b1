-- Ends the rebuild when all people are listed and none is left; from then on all galleries are of the new
-- space. If not one photograph could be embedded, something else is wrong, and the galleries stay as they are.
-- Returns 1, or 0 when the rebuild goes on.
local function end_if_complete(rebuild, left, spaces, space, now)
  if redis.call('HGET', rebuild, 'state') ~= 'running' or redis.call('SCARD', left) > 0 then return 0 end
  local embedded = tonumber(redis.call('HGET', rebuild, 'embedded') or '0')
  local failed = tonumber(redis.call('HGET', rebuild, 'failed') or '0')
  local state = 'failed'
  if embedded > 0 or failed == 0 then
    state = 'done'
    for _, tenant in ipairs(redis.call('HKEYS', spaces)) do redis.call('HSET', spaces, tenant, space) end
  end
  redis.call('HSET', rebuild, 'state', state, 'finishedAt', now)
  redis.call('HDEL', rebuild, 'waitsFor')
  return 1
end
