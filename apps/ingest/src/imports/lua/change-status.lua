-- Pauses, resumes, cancels or fails an import, if its status allows that. Returns the status before.
local state = KEYS[1]
local target = ARGV[1] -- '' resumes: listing or running
local error = ARGV[2] -- or ''
local FIRST_ALLOWED = 3 -- from here on: statuses that allow the change

local status = redis.call('HGET', state, 'status')
for i = FIRST_ALLOWED, #ARGV do
  if status == ARGV[i] then
    if target == '' then
      target = redis.call('HGET', state, 'listingDone') == '1' and 'running' or 'listing'
    end
    redis.call('HSET', state, 'status', target)
    if error ~= '' then redis.call('HSET', state, 'error', error) end
    return status
  end
end
return status
