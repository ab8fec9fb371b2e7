-- KEYS: attempts at an account by anybody; the networks that it is known from; attempts from this network
-- ARGV: deadline, network, how long a network is known in ms, the most networks
-- Forgets the attempts, and knows the network from now on, for that of the oldest success if there are too many.
redis.call('DEL', KEYS[1], KEYS[3])
redis.call('HSET', KEYS[2], ARGV[2], math.floor(now / 1000))
local held = redis.call('HGETALL', KEYS[2])
local networks = {}
for at = 1, #held, 2 do networks[#networks + 1] = { held[at], tonumber(held[at + 1]) } end
table.sort(networks, function(one, other) return one[2] > other[2] end)
for place, network in ipairs(networks) do
  local over = place > tonumber(ARGV[4]) and network[1] ~= ARGV[2]
  if over or network[2] * 1000 + tonumber(ARGV[3]) <= now then redis.call('HDEL', KEYS[2], network[1]) end
end
redis.call('PEXPIRE', KEYS[2], ARGV[3])
