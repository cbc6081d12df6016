--- Fragments as the service reads them, for connections that are not of the
--- service: a condition, or what starts with a clause.
local fragment = {}

local CLAUSE = {}
for word in ([[where order group having limit for lock union except intersect minus procedure into join inner left
  right cross natural straight_join use force ignore partition returning as on]]):gmatch("%S+") do
  CLAUSE[word] = true
end

-- The text without the blanks and comments that it starts with.
local function lead(text)
  local before
  repeat
    before = text
    text = text:gsub("^%s+", ""):gsub("^/%*.-%*/", ""):gsub("^%-%-[^\n]*\n?", ""):gsub("^#[^\n]*\n?", "")
  until text == before
  return text
end

local OPERATORS = { is = true, ["in"] = true, like = true, between = true, ["not"] = true, regexp = true, rlike = true }

local function starts_with_operator(text)
  if text:find("^[=<>!%+%-%*/%%|&^]") then return true end
  local word = text:match("^%a+")
  return word ~= nil and OPERATORS[word:lower()] == true
end

-- Whether a text that starts with `word` is a clause, or an alias and more.
local function is_clause(word, rest, is_column)
  local following = lead(rest)
  if starts_with_operator(following) then return false end
  local lower = word:lower()
  local is_function = rest:sub(1, 1) == "(" and (lower == "left" or lower == "right")
  if CLAUSE[lower] and not is_function then return true end
  if is_column(word) then return false end
  local second = following:match("^([%a_][%w_]*)")
  return following:sub(1, 1) == "," or (second ~= nil and CLAUSE[second:lower()] == true)
end

--- What stands after the name of the table.
-- @tparam ?string text the fragment
-- @tparam function is_column(name) tells columns of the table from aliases
function fragment.clause(text, is_column)
  local rest = lead(text or "")
  if rest == "" then return "" end
  if rest:sub(1, 1) == "," then return " " .. rest end
  local word, after = rest:match("^([%a_][%w_]*)(.*)$")
  if word then return (is_clause(word, after, is_column) and " " or " where ") .. rest end
  local quoted, following = rest:match("^`([^`]+)`%s*([%a_]*)")
  if quoted and CLAUSE[following:lower()] and not is_column(quoted) then return " " .. rest end
  return " where " .. rest
end

-- The text in lower case, with what is quoted or in parentheses blotted out:
-- every position stays what it is.
local function outline(text)
  local function blot(part) return ("_"):rep(#part) end
  return (text:lower():gsub("\\.", "__"):gsub("'[^']*'", blot):gsub('"[^"]*"', blot):gsub("`[^`]*`", blot)
    :gsub("%b()", blot))
end

--- Limits the rows of a statement, unless it does so itself.
function fragment.limit(text, count)
  local seen = outline(text)
  if seen:find("%f[%w_]limit%f[^%w_]") then return text end
  local at = seen:find("%s+for%s+update%f[^%w_]") or seen:find("%s+lock%s+in%s+share%s+mode%f[^%w_]") or #text + 1
  return ("%s limit %d%s"):format(text:sub(1, at - 1), count, text:sub(at))
end

--- Calls `visit(n)` for each placeholder of a text, which it takes the place of.
function fragment.replace_placeholders(text, visit)
  local parts, from, at, n = {}, 1, 1, 0
  while true do
    local found = text:find("[\\'\"`?]", at)
    if not found then break end
    local char = text:sub(found, found)
    if char == "?" then
      n = n + 1
      parts[#parts + 1] = text:sub(from, found - 1)
      parts[#parts + 1] = visit(n)
      from, at = found + 1, found + 1
    elseif char == "\\" then
      at = found + 2
    else
      at = (text:find(char, found + 1, true) or #text) + 1
    end
  end
  parts[#parts + 1] = text:sub(from)
  return table.concat(parts)
end

return fragment
