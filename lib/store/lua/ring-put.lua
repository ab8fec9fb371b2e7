-- KEYS: the ring, the revocation stream
-- ARGV: deadline, epoch, session epoch, version, digest, document, retention of the stream in ms
-- Writes the ring when the stored one is older or missing, and tells everybody that the keys changed.
-- Returns 1 when it was written, 0 when the stored ring is as new or newer.
local stored = redis.call('HMGET', KEYS[1], 'epoch', 'session_epoch', 'version')
for i = 1, 3 do
  local have, want = tonumber(stored[i] or 0), tonumber(ARGV[i + 1])
  if have > want then return 0 end
  if have < want then
    redis.call('HSET', KEYS[1], 'epoch', ARGV[2], 'session_epoch', ARGV[3], 'version', ARGV[4],
      'digest', ARGV[5], 'document', ARGV[6])
    redis.call('XADD', KEYS[2], 'MINID', '~', string.format('%.0f', now - ARGV[7]), '*',
      'type', 'keys_changed', 'epoch', ARGV[2], 'version', ARGV[4])
    return 1
  end
end
return 0
