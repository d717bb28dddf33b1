-- Claims images for an import or a camera. Returns the ledger entry found for each image, '' for none.
-- The format of entries is described at parseLedgerEntry in contracts/outcome.ts.
local buckets = KEYS -- one for each image
local owner = ARGV[1] -- id of the import, or 'c' for a camera, which is not counted
local function field_of(i) return ARGV[1 + i] end
local function id_of(i) return ARGV[1 + #buckets + i] end

-- @include dead-letters.lua
local found = {}
for i, bucket in ipairs(buckets) do
  local field = field_of(i)
  local entry = redis.call('HGET', bucket, field)
  if not entry then
    redis.call('HSET', bucket, field, 'p' .. owner)
    found[i] = ''
  else
    local letter = string.sub(entry, 1, 1)
    if letter == 'e' then
      local owners = string.match(string.sub(entry, 2), '^[^:]*')
      if owner ~= 'c' and string.find(',' .. owners .. ',', ',' .. owner .. ',', 1, true) then
        found[i] = entry
      else
        -- A failed image that is claimed again is no longer a dead letter.
        redis.call('HSET', bucket, field, 'p' .. owner)
        forget_letter(id_of(i))
        found[i] = ''
      end
    else
      if letter == 'p' then
        local owners = string.sub(entry, 2)
        if not string.find(',' .. owners .. ',', ',' .. owner .. ',', 1, true) then
          if owners == '' then owners = owner else owners = owners .. ',' .. owner end
          redis.call('HSET', bucket, field, 'p' .. owners)
        end
      end
      found[i] = entry
    end
  end
end
return found
