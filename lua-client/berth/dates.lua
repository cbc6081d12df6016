--- Dates and times: tables with the fields that LuaFan has, which behave as
--- strings where a string is wanted.
--
--    row.created_at.year        --> 2023
--    "at " .. row.created_at    --> at 2023-12-25 14:30:45
--    row.created_at:sub(1, 10)  --> 2023-12-25
local dates = {}

local function fraction(micros)
  if not micros or micros == 0 then return "" end
  return "." .. (("%06d"):format(micros):gsub("0+$", ""))
end

-- A field of a table that os.date("*t") may have made: `min`, `sec`.
local function field(t, long, short)
  local value = rawget(t, long)
  if value == nil and short then value = rawget(t, short) end
  return math.floor(tonumber(value) or 0)
end

local format = {}

function format.date(t)
  return ("%04d-%02d-%02d"):format(field(t, "year"), field(t, "month"), field(t, "day"))
end

function format.time(t)
  return ("%s%02d:%02d:%02d%s"):format(rawget(t, "negative") and "-" or "", field(t, "hour"),
    field(t, "minute", "min"), field(t, "second", "sec"), fraction(field(t, "second_part")))
end

function format.datetime(t)
  return format.date(t) .. " " .. format.time(t)
end

local function concat(left, right)
  return tostring(left) .. tostring(right)
end
local function equal(left, right)
  return tostring(left) == tostring(right)
end
local function less(left, right)
  return tostring(left) < tostring(right)
end
local function less_or_equal(left, right)
  return tostring(left) <= tostring(right)
end
local function index(_, key)
  local method = string[key]
  if method then
    return function(self, ...) return method(tostring(self), ...) end
  end
end

local kind_of = {} -- metatable → "date", "time", "datetime"
local metatables = {}
for kind, to_string in pairs(format) do
  local mt = {
    __name = "berth." .. kind,
    __tostring = to_string,
    __len = function(t) return #to_string(t) end,
    __concat = concat, __eq = equal, __lt = less, __le = less_or_equal, __index = index,
  }
  metatables[kind] = mt
  kind_of[mt] = kind
end

--- "date", "time" or "datetime" for what this module made, else nil.
function dates.kind(value)
  return kind_of[getmetatable(value)]
end

--- Whether a table is a date or a time, ours or one like os.date("*t").
function dates.is(value)
  return dates.kind(value) ~= nil
    or (rawget(value, "year") ~= nil and rawget(value, "month") ~= nil and rawget(value, "day") ~= nil)
end

--- The canonical text of a date table; `kind` is that of the column, if known.
function dates.text(value, kind)
  return (format[kind] or format[dates.kind(value)] or format.datetime)(value)
end

local function micros(digits)
  if digits == "" then return 0 end
  return tonumber((digits:sub(2) .. "000000"):sub(1, 6))
end

local function whole(text)
  return tonumber(text) -- an integer where Lua has them
end

local parse = {}

function parse.date(text)
  local year, month, day = text:match("^(%d+)-(%d+)-(%d+)$")
  if not year then return text end
  if whole(year) == 0 and whole(month) == 0 and whole(day) == 0 then return nil end
  return setmetatable({ year = whole(year), month = whole(month), day = whole(day),
    hour = 0, minute = 0, second = 0, second_part = 0 }, metatables.date)
end

function parse.datetime(text)
  local year, month, day, hour, minute, second, rest =
    text:match("^(%d+)-(%d+)-(%d+)[ T](%d+):(%d+):(%d+)(%.?%d*)$")
  if not year then return text end
  if whole(year) == 0 and whole(month) == 0 and whole(day) == 0 then return nil end
  return setmetatable({ year = whole(year), month = whole(month), day = whole(day), hour = whole(hour),
    minute = whole(minute), second = whole(second), second_part = micros(rest) }, metatables.datetime)
end

function parse.time(text)
  local sign, hour, minute, second, rest = text:match("^(%-?)(%d+):(%d+):(%d+)(%.?%d*)$")
  if not hour then return text end
  return setmetatable({ year = 0, month = 0, day = 0, hour = whole(hour), minute = whole(minute),
    second = whole(second), second_part = micros(rest), negative = sign == "-" or nil }, metatables.time)
end

--- A date table of MariaDB's canonical text; nil for a zero date.
function dates.parse(text, kind)
  return parse[kind](text)
end

return dates
