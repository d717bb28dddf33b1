/** Fields of an import's counts: past it, an error code that is new counts as OTHER. */
const MOST_FIELDS = 100;

/**
 * Lua that counts the refused and failed images of an import by error code, in the fields `code:CODE` of
 * its counts.
 */
export const PROBLEM_FUNCTIONS = `
local function count_problem(counts, code, images)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 and redis.call('HLEN', counts) >= ${MOST_FIELDS} then
    name = 'code:OTHER'
  end
  redis.call('HINCRBY', counts, name, images)
end

local function uncount_problem(counts, code)
  local name = 'code:' .. code
  if redis.call('HEXISTS', counts, name) == 0 then name = 'code:OTHER' end
  if redis.call('HINCRBY', counts, name, -1) <= 0 then redis.call('HDEL', counts, name) end
end
`;
