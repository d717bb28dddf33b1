-- Records the outcome of an image, counts it for its imports, and adds its events to the stream. An outcome
-- replaces a failure. A failure also replaces a failure, but is not counted again. Imports whose counts have
-- expired are skipped. Returns 1, or 0 when the image was finished before.
local bucket, stream = KEYS[1], KEYS[2]
local import_prefix, field = ARGV[1], ARGV[2]
local outcome, letter = ARGV[3], ARGV[4]
local code = ARGV[5] -- error code, or ''
local log_entry = ARGV[6]
local faces = tonumber(ARGV[7])
local log_length, stream_length = ARGV[8], ARGV[9]
local image_id = ARGV[10]
local letter_head_text, letter_text = ARGV[11], ARGV[12] -- of the dead letter, or ''
local most_letters, oldest_letter = tonumber(ARGV[13]), ARGV[14]
local traceparent = ARGV[15] -- or ''
local FIRST_EVENT = 16 -- from here on: tenant and event of each event

-- @include dead-letters.lua
-- @include problem-counts.lua
local entry = redis.call('HGET', bucket, field)
local before, owners, old_code = '', '', ''
if entry then
  before = string.sub(entry, 1, 1)
  if before ~= 'p' and before ~= 'e' then return 0 end
  owners, old_code = string.match(string.sub(entry, 2), '^([^:]*):?(.*)$')
end
local again = before == 'e' and letter == 'e'
local value = letter .. owners
if code ~= '' then value = value .. ':' .. code end
redis.call('HSET', bucket, field, value)
for owner in string.gmatch(owners, '%d+') do
  local counts = import_prefix .. owner .. ':counts'
  if before ~= 'e' or redis.call('EXISTS', counts) == 1 then
    if before == 'e' then
      redis.call('HINCRBY', counts, 'failed', -1)
      if old_code ~= '' then uncount_problem(counts, old_code) end
    end
    redis.call('HINCRBY', counts, outcome, 1)
    if code ~= '' then count_problem(counts, code, 1) end
    if faces > 0 then redis.call('HINCRBY', counts, 'faces', faces) end
    if not again and (before == 'e' or (outcome ~= 'named' and outcome ~= 'unknown')) then
      redis.call('XADD', import_prefix .. owner .. ':log', 'MAXLEN', '~', log_length, '*', 'image', log_entry)
    end
  end
end
if letter_head_text ~= '' then
  put_letter(image_id, letter_head_text, owners, letter_text, most_letters, oldest_letter)
elseif before == 'e' then
  forget_letter(image_id)
  redis.call('DEL', LETTERS .. ':replays:' .. image_id)
end
local trace = {}
if traceparent ~= '' then trace = { 'traceparent', traceparent } end
for i = FIRST_EVENT, #ARGV, 2 do
  local tenant, event = ARGV[i], ARGV[i + 1]
  redis.call('XADD', stream, 'MAXLEN', '~', stream_length, '*', 'tenant', tenant, 'event', event, unpack(trace))
end
if again then return 0 end
return 1
