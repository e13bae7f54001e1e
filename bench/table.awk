# The table of bench/compare, for reading as text and for pasting into Markdown.
# First file: cases with targets, '|' between: case|figure (rate, p50, p99)|bound|beside (etcd, bare)|words.
# A rate is to be at least the bound times the other's, a latency at most.
# Second file: what was measured: case system rate p50 p99; a line for each run.

FNR == NR { if ($0 != "") cases[++count] = $0; next }
{
  split($0, field, " ")
  for (i = 3; i <= 5; i++) {
    figure = i == 3 ? "rate" : i == 4 ? "p50" : "p99"
    key = field[1] SUBSEP field[2] SUBSEP figure
    value[key, ++runs[key]] = field[i]
  }
}

END {
  row(1, "case|figure|mostdb|beside it|ratio|target|met")
  for (c = 1; c <= count; c++) {
    split(cases[c], part, "|")
    mine = part[1] SUBSEP "mostdb" SUBSEP part[2]
    other = part[1] SUBSEP part[4] SUBSEP part[2]
    if (runs[mine] == 0) continue
    is_rate = part[2] == "rate"
    words = part[5] "|" (is_rate ? "requests/s" : part[2] ", ms") "|" spread(mine, part[2])
    target = (is_rate ? "≥ " : "≤ ") part[3]
    if (runs[other] == 0) {
      row(++rows + 1, words "|" part[4] " not measured|–|" target "|–")
      continue
    }
    ratio = part[1] SUBSEP "ratio" SUBSEP part[2]
    for (r = 1; r <= runs[mine]; r++) value[ratio, r] = value[mine, r] / value[other, r]
    runs[ratio] = runs[mine]
    met = is_rate ? middle(ratio) >= part[3] : middle(ratio) <= part[3]
    words = words "|" part[4] " " spread(other, part[2]) "|" spread(ratio, "ratio")
    row(++rows + 1, words "|" target "|" (met ? "yes" : "no"))
  }
  for (r = 1; r <= rows + 1; r++) {
    print line(r, " ")
    if (r == 1) print line(0, "-")
  }
}

function row(at, text,   cell, n, i) {
  n = split(text, cell, "|")
  for (i = 1; i <= n; i++) {
    table[at, i] = cell[i]
    if (width(cell[i]) > widest[i]) widest[i] = width(cell[i])
  }
  columns = n
}

function line(at, filler,   i, j, text, cell) {
  text = "|"
  for (i = 1; i <= columns; i++) {
    cell = table[at, i]
    for (j = width(cell); j < widest[i]; j++) cell = cell filler
    text = text " " cell " |"
  }
  return text
}

# Not every awk counts characters: those that are used here beyond ASCII have three bytes.
function width(text) {
  gsub(/≥|≤|–/, "x", text)
  return length(text)
}

# Of one run the figure; of several the least, the middle and the greatest.
function spread(key, figure) {
  sort(key)
  if (runs[key] == 1) return shown(sorted[1], figure)
  return shown(sorted[1], figure) " / " shown(middle(key), figure) " / " shown(sorted[runs[key]], figure)
}

function middle(key,   n) {
  sort(key)
  n = runs[key]
  return (sorted[int((n + 1) / 2)] + sorted[int((n + 2) / 2)]) / 2
}

function sort(key,   i, j, swap) {
  for (i = 1; i <= runs[key]; i++) {
    sorted[i] = value[key, i]
    for (j = i; j > 1 && sorted[j] < sorted[j - 1]; j--) {
      swap = sorted[j]
      sorted[j] = sorted[j - 1]
      sorted[j - 1] = swap
    }
  }
}

function shown(number, figure,   text) {
  if (figure == "ratio") return sprintf("%.2f", number)
  if (figure != "rate") return sprintf(number < 1 ? "%.2f" : number < 10 ? "%.1f" : "%.0f", number)
  text = sprintf("%d", number + 0.5)
  return length(text) > 3 ? substr(text, 1, length(text) - 3) "," substr(text, length(text) - 2) : text
}
