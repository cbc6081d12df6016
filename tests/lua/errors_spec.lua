local errors = require "berth.errors"

describe("an error object", function()
  local err = errors.new({ message = "Duplicate entry 'x'", code = "DUPLICATE_KEY", errno = 1062 }, { table = "users" })

  it("prints as its message", function()
    assert.equal("Duplicate entry 'x'", tostring(err))
  end)

  it("concatenates on both sides", function()
    assert.equal("failed: Duplicate entry 'x'", "failed: " .. err)
    assert.equal("Duplicate entry 'x'!", err .. "!")
  end)

  it("has the methods of strings", function()
    assert.equal(1, (err:find("Duplicate", 1, true)))
    assert.equal("Dup", err:sub(1, 3))
  end)

  it("keeps what the report and the context say", function()
    assert.equal(1062, err.errno)
    assert.equal("users", err.table)
    assert.is_false(err.retryable)
    assert.same({}, err.metadata)
  end)

  it("is made of a string too, and only once", function()
    local made = errors.new("broken")
    assert.equal("broken", made.message)
    assert.equal(made, errors.new(made))
    assert.is_true(errors.is(made))
    assert.is_false(errors.is("broken"))
  end)
end)
