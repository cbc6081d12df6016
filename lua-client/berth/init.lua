--- Berth: MariaDB through a service that holds the pool.
--
--    local berth = require "berth"
--    local db = berth.new({ users = { name = "varchar(100)" } }, { database = "myapp" })
--    local user = db:safe(function(ctx) return ctx.users("one", "name = ?", "Alice") end)
local errors = require "berth.errors"
local json = require "berth.json"
local pool = require "berth.pool"
local raw = require "berth.raw"
local schema = require "berth.schema"
local values = require "berth.values"

return {
  _VERSION = "0.1.0",
  new = pool.new,
  null = values.null,
  default = values.default,
  raw = raw.new,
  array = json.array,
  is_error = errors.is,
  FIELD_ID_KEY = schema.FIELD_ID_KEY,
  RELATIONS = schema.RELATIONS,
}
