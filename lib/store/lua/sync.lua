-- KEYS: the ring, the revocation stream, the store's own mark, the access tokens issued by the minute
-- ARGV: deadline, the last event that the instance has seen, a new mark, how many events at most, how many access tokens
--       the instance has issued since its last call, life of an access token in ms, from how long on a time without any
--       call is an absence (ms), and how soon after another one it continues that (ms)
-- One call for all that an instance must hear of, and the health probe as well: it writes, so a server that is out of
-- memory or read-only fails it, but is read all the same. Returns the time, the mark (another one than before: the store
-- lost its data), the head of the ring, the events since, begin and end of the last absence (0 and 0: none), and why it
-- could not write. The absence is kept here: its end may be a call whose answer never arrived.
local problem = false
local function write(...)
  local reply = redis.pcall(...)
  if type(reply) == 'table' and reply.err then problem = problem or reply.err end
end
write('HSETNX', KEYS[3], 'mark', ARGV[3])
local probed_at = tonumber(redis.call('HGET', KEYS[3], 'probed_at') or 0)
local away = redis.call('HMGET', KEYS[3], 'away_from', 'away_to')
local away_from, away_to = tonumber(away[1] or 0), tonumber(away[2] or 0)
if probed_at > 0 and now - probed_at >= tonumber(ARGV[7]) then
  if probed_at - away_to > tonumber(ARGV[8]) then away_from = probed_at end
  away_to = now
  write('HSET', KEYS[3], 'away_from', away_from, 'away_to', away_to)
end
write('HSET', KEYS[3], 'probed_at', now)
if tonumber(ARGV[5]) > 0 then
  write('HINCRBY', KEYS[4], math.floor(now / 60000), ARGV[5])
  for _, minute in ipairs(redis.call('HKEYS', KEYS[4])) do
    if (minute + 1) * 60000 + ARGV[6] < now then write('HDEL', KEYS[4], minute) end
  end
end
local mark = redis.call('HGET', KEYS[3], 'mark')
local head = redis.call('HMGET', KEYS[1], 'epoch', 'session_epoch', 'version', 'digest')
local events = redis.call('XRANGE', KEYS[2], '(' .. ARGV[2], '+', 'COUNT', ARGV[4])
return { now, mark, head, events, away_from, away_to, problem }
