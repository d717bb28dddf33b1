-- Keeps the dead letter of a job that is not about an image of the ledger.
local id, head, text = ARGV[1], ARGV[2], ARGV[3]
local most = tonumber(ARGV[4]) -- letters of one tenant
local oldest = ARGV[5] -- letters that died earlier are forgotten

-- @include dead-letters.lua
put_letter(id, head, '', text, most, oldest)
return 1
