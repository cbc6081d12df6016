--- Attempts that are made again while the service is away.
local errors = require "berth.errors"

local retry = {}

local MAY_REPEAT = { STATEMENT = true, TRANSACTION = true, LATER = true }

-- Whether an attempt that did nothing yet may be made again.
local function may_repeat(err)
  return err.retryable or MAY_REPEAT[err.retry] or err.status == "UNAVAILABLE" or err.code == "UNAVAILABLE"
end

--- A pause before attempt `n`: it doubles up to half a second, and its random
-- half keeps clients apart that failed together. The clock is the dice, so that
-- a program's own random numbers stay as they are.
function retry.pause(transport, n)
  local longest = math.min(0.5, 0.05 * 2 ^ (n - 1))
  local dice = (transport.now() * 1e6) % 1000 / 1000
  return longest / 2 + dice * longest / 2
end

--- Makes attempts until one succeeds, one fails for good, or the time is up.
-- `attempt(remaining, ...)` returns a result, or nil, an error and whether there
-- is no use in another attempt. Returns the result, or nil and the error.
function retry.try(pool, attempt, ...)
  local transport, found = pool.transport, pool.settings
  local deadline, remaining = transport.now() + found.timeout, found.timeout
  local n = 0
  while true do
    local result, err, final = attempt(remaining, ...)
    if result then return result end
    if final then return nil, err end
    err = errors.new(err)
    n = n + 1
    local wait = retry.pause(transport, n)
    if n > found.retry_count or not may_repeat(err) or transport.now() + wait >= deadline then
      pool.counters.failed = pool.counters.failed + 1
      return nil, err
    end
    pool.counters.retried = pool.counters.retried + 1
    transport.sleep(wait, found.scheduler)
    remaining = math.max(deadline - transport.now(), 0.001)
  end
end

--- The same; raises where it fails.
function retry.persist(pool, attempt, ...)
  local result, err = retry.try(pool, attempt, ...)
  if not result then errors.raise(err) end
  return result
end

return retry
