-- ARGV[1] is the deadline in milliseconds of this server's clock. A frozen server runs what is in its sockets when it
-- thaws; by then the client has been told 503 and may have come again.
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
if now > tonumber(ARGV[1]) then
  return redis.error_reply('LATE the call came after its deadline')
end

-- When a session began: the first 48 bits of its UUIDv7 (RFC 9562 section 5.7), in ms.
local function created_at(id)
  return tonumber(string.sub(id, 1, 8) .. string.sub(id, 10, 13), 16)
end

-- Lets a key live until `at` at least.
local function keep_until(key, at)
  local left = redis.call('PTTL', key)
  if left < at - now then redis.call('PEXPIREAT', key, string.format('%.0f', at)) end
end

-- Removes one session, and the user's key with the last of them.
local function drop(key, id)
  local removed = redis.call('HDEL', key, id)
  if redis.call('HLEN', key) <= 1 then redis.call('DEL', key) end
  return removed
end
