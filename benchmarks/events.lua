-- Posts hook calls with fresh uuids. Arguments: template file, events in a call, a nonce, secret.
local counter, prefix, body_head, event_head, event_tail, body_tail, count

function init(args)
  local file = assert(io.open(args[1], "rb"))
  local text = file:read("*a")
  file:close()
  -- head of the body, @@EVENT@@, an event holding @@UUID@@, @@END@@, tail of the body
  body_head, text = text:match("^(.-)@@EVENT@@(.*)$")
  event_head, event_tail, body_tail = text:match("^(.-)@@UUID@@(.-)@@END@@(.*)$")
  count = tonumber(args[2])
  math.randomseed(tonumber(args[3]))
  counter, prefix = 0, string.format("%04x-4%03x", math.random(0, 65535), math.random(0, 4095))
  wrk.method = "POST"
  wrk.headers["Content-Type"] = "application/json"
  wrk.headers["Authorization"] = args[4]
end

local function event()
  counter = counter + 1
  -- Random at the front, so that the index is entered everywhere; counted at the end, so unique.
  local uuid = string.format("%08x-%s-a000-%012x", math.random(0, 4294967295), prefix, counter)
  return event_head .. uuid .. event_tail
end

function request()
  local events = {}
  for i = 1, count do events[i] = event() end
  return wrk.format(nil, nil, nil, body_head .. table.concat(events, ",") .. body_tail)
end

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    '\nRESULT {"requests": %d, "microseconds": %d, "refused": %d, "broken": %d, ' ..
    '"p50": %d, "p99": %d, "slowest": %d}\n',
    summary.requests, summary.duration, e.status, e.connect + e.read + e.write + e.timeout,
    latency:percentile(50), latency:percentile(99), latency.max))
end
