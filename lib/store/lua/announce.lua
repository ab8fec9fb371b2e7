-- KEYS: the revocation stream
-- ARGV: deadline, retention of the stream in ms, when the last access token of these sessions expires (ms), session ids
-- Tells every instance which sessions were revoked. An event is dropped once its tokens have expired: by this server's
-- clock, should that of the caller be behind.
local expires_at = string.format('%.0f', math.max(now + ARGV[2], tonumber(ARGV[3])))
for i = 4, #ARGV do
  redis.call('XADD', KEYS[1], 'MINID', '~', string.format('%.0f', now - ARGV[2]), '*',
    'type', 'session_revoked', 'session_id', ARGV[i], 'expires_at', expires_at)
end
return #ARGV - 3
