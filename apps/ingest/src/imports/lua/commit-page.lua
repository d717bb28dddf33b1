-- Counts a page whose images are claimed and added to the queue, and moves the checkpoint behind it.
-- Returns 1, or 0 when another runner holds the lease or the page is counted already.
local lease, state, log, pages, counts, skipped_log = KEYS[1], KEYS[2], KEYS[3], KEYS[4], KEYS[5], KEYS[6]
local token = ARGV[1]
local page = ARGV[2]
local is_last = ARGV[3] == '1'
local cursor = ARGV[4]
local log_length = ARGV[5]
local sums = {
  { 'listed', ARGV[6] },
  { 'skipped', ARGV[7] },
  { 'already:named', ARGV[8] },
  { 'already:unknown', ARGV[9] },
  { 'already:faceless', ARGV[10] },
  { 'already:refused', ARGV[11] },
}
local unfinished = ARGV[12] -- plan of the images without an outcome, or ''
local problems = tonumber(ARGV[13]) -- number of error codes of refused images
local reasons = tonumber(ARGV[14]) -- number of reasons why objects were skipped
local skips = tonumber(ARGV[15]) -- number of skipped objects that are named
local FIRST_PROBLEM = 16 -- from here on: error code and count of each
local first_reason = FIRST_PROBLEM + 2 * problems -- from here on: reason and count of each
local first_skip = first_reason + 2 * reasons -- from here on: skipped objects
local first_entry = first_skip + skips -- from here on: entries of the log

if redis.call('GET', lease) ~= token then return 0 end
-- @include #shared/platform/ledger/lua/problem-counts.lua
if tonumber(redis.call('HGET', state, 'pages') or '0') ~= tonumber(page) then return 0 end
redis.call('HINCRBY', state, 'pages', 1)
for _, sum in ipairs(sums) do redis.call('HINCRBY', state, sum[1], sum[2]) end
if unfinished == '' then redis.call('HDEL', pages, page) else redis.call('HSET', pages, page, unfinished) end
for i = FIRST_PROBLEM, first_reason - 1, 2 do count_problem(counts, ARGV[i], ARGV[i + 1]) end
for i = first_reason, first_skip - 1, 2 do redis.call('HINCRBY', state, 'skipped:' .. ARGV[i], ARGV[i + 1]) end
for i = first_skip, first_entry - 1 do
  redis.call('XADD', skipped_log, 'MAXLEN', '~', log_length, '*', 'object', ARGV[i])
end
for i = first_entry, #ARGV do
  redis.call('XADD', log, 'MAXLEN', '~', log_length, '*', 'image', ARGV[i])
end
local status = redis.call('HGET', state, 'status')
if status ~= 'failed' then redis.call('HDEL', state, 'error') end
if is_last then
  redis.call('HSET', state, 'listingDone', '1')
  if status == 'listing' then redis.call('HSET', state, 'status', 'running') end
else
  redis.call('HSET', state, 'cursor', cursor)
end
return 1
