-- KEYS: the sessions of one user
-- ARGV: deadline, then session ids
-- Returns how many of them there were.
local removed = 0
for i = 2, #ARGV do
  removed = removed + drop(KEYS[1], ARGV[i])
end
return removed
