-- KEYS: the sessions of one user
-- Returns field and value by turns: each session id with its record, and '@' with the profile.
return redis.call('HGETALL', KEYS[1])
