-- KEYS: attempts at an account by anybody; the networks that it is known from; attempts from this network
-- ARGV: deadline, network, max, window in ms, longest delay in ms, how long the delays are remembered in ms, how long a
-- network is known in ms
-- Counts one attempt, and says how many there were in the window that judges it, the rest of that window and its length
-- in ms. From a network from which its owner has logged in, that is a window of its own, which strangers can't spend.
local max, window, memory = tonumber(ARGV[3]), tonumber(ARGV[4]), tonumber(ARGV[6])
local longest = math.max(tonumber(ARGV[5]), window)

local function take(key, judges)
  local held = redis.call('HMGET', key, 'count', 'ends', 'span', 'delays', 'spent')
  local count, ends, span = tonumber(held[1] or 0), tonumber(held[2] or 0), tonumber(held[3] or 0)
  local delays, spent = tonumber(held[4] or 0), held[5] == '1'
  if now >= ends then
    count, ends, span, spent = 0, now + window, window, false
  end
  count = count + 1
  if judges and count > max and not spent then
    spent = true
    delays = delays + 1
    -- The first window ends when it was to end; each one after it that is spent as well keeps away for twice as long.
    if delays > 1 then
      span = math.min(window * 2 ^ (delays - 1), longest)
      ends = now + span
    end
  end
  local keep = delays > 0 and math.max(ends - now, memory) or ends - now
  local spelled = string.format('%.0f', ends)
  redis.call('HSET', key, 'count', count, 'ends', spelled, 'span', span, 'delays', delays, 'spent', spent and '1' or '0')
  redis.call('PEXPIRE', key, keep)
  return { count, ends - now, span }
end

local since = redis.call('HGET', KEYS[2], ARGV[2])
if not since or tonumber(since) * 1000 + tonumber(ARGV[7]) <= now then return take(KEYS[1], true) end
local own = take(KEYS[3], true)
-- What an owner mistypes counts against everybody else as well.
if own[1] <= max then take(KEYS[1], false) end
return own
