-- Sets the keys k<KFROM>..k<KTO> once each, in order, looks at every answer, and stops. One thread (-t1) only.
-- WTARGET=etcd does so through etcd's gateway. Prints "filled N of M, F refused".
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local base64, noise = dofile(here .. "base64.lua"), dofile(here .. "noise.lua")
local etcd = os.getenv("WTARGET") == "etcd"
local from = tonumber(os.getenv("KFROM") or "1")
local to = tonumber(os.getenv("KTO") or "100000")
local length = tonumber(os.getenv("VLEN") or "100")
local next_key, letters, main = from - 1, nil, nil
local idle = etcd and "/health" or "/health/live"
local path = etcd and "/v3/kv/put" or "/mostdb/set"
local success = etcd and '{"header":' or '{"code":200,"success":true}'

function setup(thread) main = thread end

function init(args)
  math.randomseed(os.time())
  letters = noise(65536 + length)
  filled, refused = 0, 0
end

-- Connections that are done before the last answer is there ask for something else, whose answer is not counted. So
-- does the first request, which wrk only has made to see whether it can read it.
function request()
  if next_key < from or next_key > to then
    next_key = next_key + 1
    return wrk.format("GET", idle, nil, "")
  end
  local start = math.random(1, 65536)
  local key, value = "k" .. next_key, letters:sub(start, start + length - 1)
  next_key = next_key + 1
  if etcd then
    key, value = base64(key), base64(value)
  end
  return wrk.format(nil, path, nil, '{"key":"' .. key .. '","value":"' .. value .. '"}')
end

function response(status, headers, body)
  if status == 200 and body:sub(1, #success) == success then
    filled = filled + 1
  elseif body:find('"code":', 1, true) or body:find('"error":', 1, true) then
    refused = refused + 1
  end
  if filled + refused > to - from then
    report(filled, refused)
    os.exit(0) -- wrk itself would sleep to the end of its duration
  end
end

function report(filled, refused)
  print(string.format("filled %d of %d, %d refused", filled, to - from + 1, refused))
  io.flush()
end

function done(summary, latency, requests) report(main:get("filled"), main:get("refused")) end
