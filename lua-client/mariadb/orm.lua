--- LuaFan's `mariadb.orm` over Berth: what schema files need of it.
local schema = require "berth.schema"
local values = require "berth.values"

return {
  FIELD_ID_KEY = schema.FIELD_ID_KEY,
  BUILTIN_VALUE_NOW = values.NOW,
}
