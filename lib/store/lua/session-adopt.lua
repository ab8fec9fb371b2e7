-- KEYS: the sessions of one user, the version of the account
-- ARGV: deadline, version, profile, how long the version is kept in ms, 1 when the account is disabled
-- Takes a changed account unless a newer version is known. The version is kept, also of a user without sessions, so that
-- a login that has read an older one begins no session with it. Returns the ids of the removed sessions.
local version = tonumber(ARGV[2])
if tonumber(redis.call('GET', KEYS[2]) or 0) > version then return {} end
redis.call('SET', KEYS[2], version, 'PX', ARGV[4])
local removed = {}
if ARGV[5] == '1' then
  for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
    if id ~= '@' then removed[#removed + 1] = id end
  end
  redis.call('DEL', KEYS[1])
elseif redis.call('EXISTS', KEYS[1]) == 1 then
  redis.call('HSET', KEYS[1], '@', ARGV[3])
end
return removed
