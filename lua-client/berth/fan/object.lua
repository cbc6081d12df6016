--- Objects as those of LuaFan: full userdata whose metatable is locked, and
--- whose methods raise once they are closed.
--
-- A class is written as functions of a state, a plain table; `state.closed` is
-- the only field that this module knows.
local object = {}

local core

-- The native module makes userdata; it is loaded with the first object.
local function native()
  core = core or require "berth_core"
  return core
end

local Class = {}
Class.__index = Class

-- The state of an open object; raises an error of the method's caller.
local function opened(class, method, self)
  local state = native().object_state(self, class.metatable)
  if not state then
    error(("bad argument #1 to '%s' (%s expected, got %s)"):format(method, class.word, type(self)), 3)
  end
  if state.closed then error(("bad argument #1 to '%s' (%s is closed)"):format(method, class.word), 3) end
  return state
end

--- Gives the class a method `f(state, ...)` for open objects.
function Class:method(name, f)
  self.methods[name] = function(this, ...)
    local state = opened(self, name, this)
    return f(state, ...)
  end
end

--- Gives the class a method that returns the object itself.
function Class:chained(name, f)
  self.methods[name] = function(this, ...)
    f(opened(self, name, this), ...)
    return this
  end
end

--- Makes an object of a state.
function Class:new(state)
  return native().object(state, self.metatable)
end

--- The state of an object, closed or not; nil for anything else.
function Class:state(value)
  return native().object_state(value, self.metatable)
end

local function close(class, this)
  local state = class:state(this)
  if not state or state.closed then return false end
  state.closed = true
  class.release(state)
  return true
end

--- Makes a class.
-- @tparam string name what `tostring` says
-- @tparam string word what messages call it
-- @tparam function release(state) gives up what an object holds, when it is closed
-- @tparam[opt] function drop(state) the same for one that is collected: it must
--   neither wait nor yield; absent: there is nothing to give up
function object.class(name, word, release, drop)
  local self = setmetatable({ word = word, methods = {}, release = release }, Class)
  self.metatable = {
    __name = name,
    __metatable = "the metatable is locked",
    __index = self.methods,
    __close = function(this) close(self, this) end,
    __tostring = function(this)
      local state = self:state(this)
      return ("%s (%s)"):format(name, state.closed and "closed" or tostring(state):match("0x%x+") or "open")
    end,
    __gc = function(this)
      local state = self:state(this)
      if not state or state.closed then return end
      state.closed = true
      -- What it is made of may have been collected before.
      if drop then pcall(drop, state) end
    end,
  }
  self.methods.close = function(this) return close(self, this) end
  return self
end

return object
