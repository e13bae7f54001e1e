-- Random keys k1..kN as in set.lua and get.lua (WOP=set or get), and looks at every answer. Prints a line for each
-- second that had answers: the second since 1970, successful answers, failed ones; at the end, the failed ones of the
-- last second. One thread (-t1) only.
wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
local here = debug.getinfo(1, "S").source:match("^@(.*/)") or "./"
local noise = dofile(here .. "noise.lua")
local set = os.getenv("WOP") ~= "get"
local path = set and "/mostdb/set" or "/mostdb/get"
local keys = tonumber(os.getenv("NKEYS") or "100000")
local length = tonumber(os.getenv("VLEN") or "100")
local letters, main
local second, good = 0, 0

function setup(thread) main = thread end

function init(args)
  failed = 0 -- not local, so that done can ask for it
  math.randomseed(os.time())
  letters = noise(65536 + length)
end

function request()
  local body = '{"key":"k' .. math.random(1, keys) .. '"'
  if set then
    local from = math.random(1, 65536)
    body = body .. ',"value":"' .. letters:sub(from, from + length - 1) .. '"'
  end
  return wrk.format(nil, path, nil, body .. "}")
end

function response(status, headers, body)
  local now = os.time()
  if now ~= second then
    if second ~= 0 then
      io.write(string.format("second %d %d %d\n", second, good, failed))
      io.flush()
    end
    second, good, failed = now, 0, 0
  end
  if status == 200 and body:find('"success":true', 1, true) then good = good + 1 else failed = failed + 1 end
end

function done(summary, latency, requests)
  print("rest " .. main:get("failed"))
end
