-- KEYS: the sessions of one user, the version of the account
-- ARGV: deadline, session id, profile, ip, user agent, life of a refresh token in ms, end of the session (ms), how many
--       sessions a user may have, life of a session in ms, version of the account that the profile is from
-- Adds a session, drops the expired ones, and beyond the limit the ones unused for longest.
-- Returns the time of creation and the ids of the sessions that had to make room; false when the account was changed since
-- it was read.
if tonumber(redis.call('GET', KEYS[2]) or 0) > tonumber(ARGV[10]) then return false end
local others, evicted = {}, {}
local all = redis.call('HGETALL', KEYS[1])
for i = 1, #all, 2 do
  if all[i] ~= '@' then
    local used = cjson.decode(all[i + 1])[2]
    if used + ARGV[6] <= now or created_at(all[i]) + ARGV[9] <= now then
      redis.call('HDEL', KEYS[1], all[i])
    else
      others[#others + 1] = { id = all[i], used = used }
    end
  end
end
table.sort(others, function(a, b) return a.used < b.used end)
for i = 1, #others - ARGV[8] + 1 do
  redis.call('HDEL', KEYS[1], others[i].id)
  evicted[i] = others[i].id
end
redis.call('HSET', KEYS[1], '@', ARGV[3], ARGV[2], cjson.encode({ 1, now, ARGV[4], ARGV[5] }))
keep_until(KEYS[1], math.min(now + ARGV[6], tonumber(ARGV[7])))
return { now, evicted }
