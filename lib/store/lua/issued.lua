-- KEYS: the access tokens issued by the minute
-- ARGV: deadline, life of an access token in ms
-- Returns how many access tokens can be valid at most.
local sum = 0
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if (all[i] + 1) * 60000 + ARGV[2] >= now then sum = sum + all[i + 1] end
end
return sum
