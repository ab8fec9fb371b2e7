-- ARGV: deadline, cursor, pattern of the keys, how many keys to look at
-- Returns the next cursor ('0' at the end) and how many sessions the users of this stretch have. A stretch of the whole
-- key space has no hash tag: on Redis Cluster it counts one node.
local page = redis.call('SCAN', ARGV[2], 'MATCH', ARGV[3], 'COUNT', ARGV[4])
local sessions = 0
for _, key in ipairs(page[2]) do
  sessions = sessions + redis.call('HLEN', key) - 1
end
return { page[1], sessions }
