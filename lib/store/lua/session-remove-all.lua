-- KEYS: the sessions of one user
-- ARGV: deadline, the session to keep or '', only those created up to this time (ms)
-- Returns the ids of the removed sessions.
local removed = {}
for _, id in ipairs(redis.call('HKEYS', KEYS[1])) do
  if id ~= '@' and id ~= ARGV[2] and created_at(id) <= tonumber(ARGV[3]) then
    drop(KEYS[1], id)
    removed[#removed + 1] = id
  end
end
return removed
