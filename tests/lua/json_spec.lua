local json = require "berth.json"

describe("the JSON encoder", function()
  it("writes objects with sorted keys", function()
    assert.equal('{"a":1,"b":[true,false,"x"],"c":{}}', json.plain { b = { true, false, "x" }, a = 1, c = {} })
  end)

  it("escapes what JSON does not allow in strings", function()
    assert.equal([["\"\\\n\u0001é"]], json.plain('"\\\n\1é'))
  end)

  it("keeps integers exact and floats readable", function()
    assert.equal("[9007199254740991,1.5,0.1]", json.plain { 9007199254740991, 1.5, 0.1 })
  end)

  it("refuses what JSON has not", function()
    assert.has_error(function() json.plain { 0 / 0 } end, "JSON has no NaN and no infinity")
    assert.has_error(function() json.plain { f = print } end, "JSON has no values of type function")
    local knot = {}
    knot.knot = knot
    assert.has_error(function() json.plain(knot) end)
  end)
end)
