--- Relations between tables, and rows that bring along what they are related to.
--
-- A foreign key makes two of them: `posts.user_id → users.id` lets a post have its
-- `user` (the column without `_id`) and a user its `posts` (the name of the table).
-- A model may declare others, or other names, under `berth.RELATIONS`:
--
--    [berth.RELATIONS] = {
--      author = { belongs_to = "users", key = "user_id" },
--      drafts = { has_many = "posts", key = "user_id", where = { published = 0 } },
--      profile = { has_one = "profiles", key = "user_id" },
--    }
local compat = require "berth.compat"
local errors = require "berth.errors"
local query = require "berth.query"
local read = require "berth.read"
local row = require "berth.row"

local relations = {}

-- Keys of one request; the service takes 10,000 in a list.
local KEYS = 5000

---@class berth.Relation
---@field kind "belongs_to"|"has_many"|"has_one"
---@field table string the other table
---@field from string the column here whose value is looked up
---@field to string the column there that has it
---@field where table? what else must hold there

-- Adds a relation unless the name is taken; two of the same name are none.
local function derive(list, t, name, relation)
  if t.columns[name] or t.computed[name] then return end
  list[name] = list[name] and { ambiguous = true } or relation
end

local function from_keys(all)
  local found = {}
  for name in pairs(all) do found[name] = {} end
  for name, t in pairs(all) do
    for _, key in ipairs(t.foreign_keys) do
      local parent = all[key.table]
      if parent then
        derive(found[name], t, key.column:match("^(.+)_id$") or key.table,
          { kind = "belongs_to", table = key.table, from = key.column, to = key.referenced })
        derive(found[key.table], parent, name,
          { kind = "has_many", table = name, from = key.referenced, to = key.column })
      end
    end
  end
  return found
end

local KINDS = { "belongs_to", "has_many", "has_one" }

local function wrong(t, name, message, ...)
  error(("schema: relation %s.%s %s"):format(t.name, tostring(name), message:format(...)), 0)
end

local function declared(all, t, name, given)
  for _, kind in ipairs(KINDS) do
    local other = type(given) == "table" and given[kind]
    if other then
      if not all[other] then wrong(t, name, "names the table %q, which the schema does not have", tostring(other)) end
      if type(given.key) ~= "string" then wrong(t, name, "needs a key: the column that refers to the other table") end
      if t.columns[name] or t.computed[name] then wrong(t, name, "has the name of a column") end
      if kind == "belongs_to" then
        return { kind = kind, table = other, from = given.key, to = given.to or all[other].primary_key[1],
          where = given.where }
      end
      return { kind = kind, table = other, from = given.to or t.primary_key[1], to = given.key, where = given.where }
    end
  end
  wrong(t, name, "is none of belongs_to, has_many, has_one")
end

--- Gives each table of a schema its relations. Raises for a wrong declaration.
function relations.resolve(all)
  local found = from_keys(all)
  for name, t in pairs(all) do
    t.relations = found[name]
    for relation, given in pairs(t.declared_relations or {}) do
      t.relations[relation] = declared(all, t, relation, given)
    end
  end
end

local function relation_of(t, name)
  local relation = t.relations[name]
  if relation and not relation.ambiguous then return relation end
  if relation then
    errors.misuse("relation %q of %s is ambiguous; declare it under berth.RELATIONS", name, t.name)
  end
  local names = {}
  for known, found in pairs(t.relations) do
    if not found.ambiguous then names[#names + 1] = known end
  end
  table.sort(names)
  errors.misuse("%s has no relation %q; there are %s", t.name, tostring(name),
    #names > 0 and table.concat(names, ", ") or "none")
end

-- The value of a key as one that can be compared: "1" and 1 are the same key.
local function comparable(value)
  return value ~= nil and tostring(value) or nil
end

-- The distinct values of a column, in parts.
local function keys_of(rows, column)
  local parts, seen = { {} }, {}
  for _, found in ipairs(rows) do
    local value = found[column]
    local key = comparable(value)
    if key and not seen[key] then
      seen[key] = true
      local part = parts[#parts]
      if #part == KEYS then
        part = {}
        parts[#parts + 1] = part
      end
      part[#part + 1] = value
    end
  end
  return parts
end

-- Reads the related rows in the order of their key.
local function related_rows(context, relation, rows)
  local other, all = context.pool.tables[relation.table], {}
  for _, keys in ipairs(keys_of(rows, relation.from)) do
    if #keys > 0 then
      local arguments = query.of(other, { { [relation.to] = { "in", keys } }, relation.where })
      arguments.order_by = {}
      for i, name in ipairs(other.primary_key) do arguments.order_by[i] = { column = name } end
      for _, found in ipairs(read.rows(context, other, arguments)) do all[#all + 1] = found end
    end
  end
  return all
end

local function attach(relation, name, rows, related)
  local by_key = {}
  for _, found in ipairs(related) do
    local key = comparable(found[relation.to])
    by_key[key] = by_key[key] or {}
    table.insert(by_key[key], found)
  end
  for _, found in ipairs(rows) do
    local matches = by_key[comparable(found[relation.from]) or false] or {}
    if relation.kind == "has_many" then row.relate(found, name, matches) else row.relate(found, name, matches[1]) end
  end
end

local function preload_path(context, t, rows, path)
  local name, rest = path:match("^([^.]+)%.?(.*)$")
  local relation = relation_of(t, name)
  local related = related_rows(context, relation, rows)
  attach(relation, name, rows, related)
  if rest ~= "" and #related > 0 then preload_path(context, context.pool.tables[relation.table], related, rest) end
end

--- Reads what rows of a table are related to, in one request for each relation,
--- and lets each row have its part: `user.posts`, `post.user`.
-- @tparam {berth.Row,...} rows
-- @tparam string ... names of relations; "posts.comments" goes on from there
-- @treturn {berth.Row,...} the same rows
function relations.preload(context, t, rows, ...)
  if type(rows) ~= "table" then errors.misuse("an array of rows is expected, not a %s", type(rows)) end
  local names = compat.pack(...)
  for i = 1, names.n do
    if type(names[i]) ~= "string" then errors.misuse("the name of a relation is expected, not a %s", type(names[i])) end
    preload_path(context, t, rows, names[i])
  end
  return rows
end

--- Reads what one row is related to, unless it was preloaded.
function row.methods.load(self, name)
  if self[name] == nil then
    local context, t = row.origin(self, "load")
    relations.preload(context, t, { self }, name)
  end
  return self[name]
end

return relations
