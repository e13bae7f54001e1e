-- noise(bytes): random letters and digits, of which values are cut so that they do not compress.
return function(bytes)
  local letters = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
  local t = {}
  for i = 1, bytes do
    local j = math.random(1, #letters)
    t[i] = letters:sub(j, j)
  end
  return table.concat(t)
end
