-- etcd v3 through its HTTP/JSON gateway: put (EOP=put) or linearizable range (EOP=range) of random keys k1..kN.
-- Keys and values are encoded beforehand, so that the client costs as little as mostdb's.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local base64, noise = dofile(here .. "base64.lua"), dofile(here .. "noise.lua")
local put = (os.getenv("EOP") or "put") == "put"
local count = tonumber(os.getenv("NKEYS") or "100000")
local length = tonumber(os.getenv("VLEN") or "100")
local keys, values, threads = {}, {}, 0

function setup(thread)
  threads = threads + 1
  thread:set("tid", threads)
end

function init(args)
  math.randomseed(tid * 7919 + os.time())
  for i = 1, count do keys[i] = base64("k" .. i) end
  if put then
    local letters = noise(65536 + length)
    for i = 1, 20000 do
      local from = math.random(1, 65536)
      values[i] = base64(letters:sub(from, from + length - 1))
    end
  end
end

function request()
  local key = keys[math.random(1, count)]
  if put then
    local value = values[math.random(1, #values)]
    return wrk.format(nil, "/v3/kv/put", nil, '{"key":"' .. key .. '","value":"' .. value .. '"}')
  end
  return wrk.format(nil, "/v3/kv/range", nil, '{"key":"' .. key .. '"}')
end
