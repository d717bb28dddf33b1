-- Takes a cancelled import off a pending image. Returns how many owners are left; with 0 the image is no
-- longer pending. A replay of a failed image counts as an owner.
local bucket = KEYS[1]
local import_prefix, field, owner = ARGV[1], ARGV[2], ARGV[3]

local entry = redis.call('HGET', bucket, field)
if entry and string.sub(entry, 1, 1) == 'e' then return 1 end
if not entry or string.sub(entry, 1, 1) ~= 'p' then return 0 end
local rest, is_owner = {}, false
for other in string.gmatch(string.sub(entry, 2), '[^,]+') do
  if other == owner then is_owner = true else rest[#rest + 1] = other end
end
if is_owner then redis.call('HINCRBY', import_prefix .. owner .. ':counts', 'cancelled', 1) end
if #rest == 0 then
  redis.call('HDEL', bucket, field)
else
  redis.call('HSET', bucket, field, 'p' .. table.concat(rest, ','))
end
return #rest
