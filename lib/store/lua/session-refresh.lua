-- KEYS: the sessions of one user
-- ARGV: deadline, session id, generation of the presented token, grace in ms, life of a refresh token in ms, end of the
--       session (ms), begin and end of the time in which the caller could answer nobody (ms)
-- A session is [generation, time of the last rotation, ip, user agent].
-- Returns what happened: rotated or replayed (with the generation of the successor, the time of the rotation and the
-- profile), reused, expired or missing.
local found = redis.call('HMGET', KEYS[1], ARGV[2], '@')
if not found[1] then return { 'missing' } end
local session = cjson.decode(found[1])
local presented = tonumber(ARGV[3])
if now >= math.min(session[2] + ARGV[5], tonumber(ARGV[6])) then
  drop(KEYS[1], ARGV[2])
  return { 'expired' }
end
-- Whoever got no answer could not come again meanwhile: that time does not count.
local away = math.max(0, math.min(now, tonumber(ARGV[8])) - math.max(session[2], tonumber(ARGV[7])))
if presented == session[1] - 1 and now - session[2] - away <= tonumber(ARGV[4]) then
  return { 'replayed', session[1], session[2], found[2] }
end
if presented < session[1] then
  drop(KEYS[1], ARGV[2])
  return { 'reused' }
end
-- A generation from the future was made by this service too (its MAC says so): the store has lost a write, and the holder
-- must not be logged out for it.
session[1] = presented + 1
session[2] = now
redis.call('HSET', KEYS[1], ARGV[2], cjson.encode(session))
keep_until(KEYS[1], math.min(now + ARGV[5], tonumber(ARGV[6])))
return { 'rotated', session[1], now, found[2] }
