-- Base64 of a string, as etcd's gateway wants keys and values.
local alphabet = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"

return function(s)
  local out = {}
  for i = 1, #s, 3 do
    local a, b, c = s:byte(i, i + 2)
    local n = a * 65536 + (b or 0) * 256 + (c or 0)
    for shift = 3, 0, -1 do
      local sextet = math.floor(n / 64 ^ shift) % 64 + 1
      local padding = shift == 1 and not b or shift == 0 and not c
      out[#out + 1] = padding and "=" or alphabet:sub(sextet, sextet)
    end
  end
  return table.concat(out)
end
