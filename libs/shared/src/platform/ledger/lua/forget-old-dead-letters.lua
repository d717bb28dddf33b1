-- Forgets the letters of a tenant that died before a time.
local tenant, oldest = ARGV[1], ARGV[2]

-- @include dead-letters.lua
forget_old(tenant, oldest)
return 1
