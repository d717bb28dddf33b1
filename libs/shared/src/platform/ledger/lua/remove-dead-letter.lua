-- Removes a letter, unless the job has died again since it was read. Returns 1, or 0 when nothing was removed.
local id, known_died = ARGV[1], ARGV[2]

-- @include dead-letters.lua
local tenant, kind, died = letter_head(id)
if died ~= known_died then return 0 end
return forget_letter(id)
