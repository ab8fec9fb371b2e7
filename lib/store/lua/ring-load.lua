-- KEYS: the ring
-- Returns the stored document, or false.
return redis.call('HGET', KEYS[1], 'document')
