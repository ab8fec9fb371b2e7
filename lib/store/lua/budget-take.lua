-- KEYS: a budget
-- ARGV: deadline, window in ms
-- Counts one call in a fixed window that begins with its first call. Returns the count and the rest of the window in ms.
local count = redis.call('INCR', KEYS[1])
local left = redis.call('PTTL', KEYS[1])
if left < 0 then
  redis.call('PEXPIRE', KEYS[1], ARGV[2])
  left = tonumber(ARGV[2])
end
return { count, left }
