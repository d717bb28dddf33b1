-- Counts the refused and failed images of an import by error code, in the fields `code:CODE` of its counts.

-- When the counts have this many fields, a new error code counts as OTHER.
local MAX_FIELDS = 100

local function count_problem(counts, code, images)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 and redis.call('HLEN', counts) >= MAX_FIELDS then
    name = 'code:OTHER'
  end
  redis.call('HINCRBY', counts, name, images)
end

local function uncount_problem(counts, code)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 then name = 'code:OTHER' end
  if redis.call('HINCRBY', counts, name, -1) <= 0 then redis.call('HDEL', counts, name) end
end
