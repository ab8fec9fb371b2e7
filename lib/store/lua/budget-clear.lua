-- KEYS: a budget
return redis.call('DEL', KEYS[1])
