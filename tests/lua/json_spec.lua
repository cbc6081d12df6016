local berth = require "berth"
local json = require "berth.json"

describe("the JSON encoder", function()
  it("writes objects with sorted keys", function()
    assert.equal('{"a":1,"b":[true,false,"x"],"c":{}}', json.encode { b = { true, false, "x" }, a = 1, c = {} })
  end)

  it("escapes what JSON does not allow in strings", function()
    assert.equal([["\"\\\n\u0001é"]], json.encode('"\\\n\1é'))
  end)

  it("keeps integers exact and floats readable", function()
    assert.equal("[9007199254740991,1.5,0.1]", json.encode { 9007199254740991, 1.5, 0.1 })
  end)

  it("refuses what JSON has not", function()
    assert.has_error(function() json.encode { 0 / 0 } end, "JSON has no NaN and no infinity")
    assert.has_error(function() json.encode { f = print } end, "JSON has no values of type function")
    local knot = {}
    knot.knot = knot
    assert.has_error(function() json.encode(knot) end)
  end)
end)

describe("the JSON decoder", function()
  it("reads what JSON has", function()
    assert.same({ a = { 1, 2.5, -3e2 }, b = true, c = false, d = "x", e = {} },
      json.decode ' { "a" : [1, 2.5, -3e2], "b":true, "c":false, "d":"x", "e":{} } ')
    assert.equal(berth.null, json.decode "null")
    assert.equal(7, json.decode "7")
  end)

  it("reads escapes, also those of characters beyond the first plane", function()
    assert.equal('"\\/\n\tü😀', json.decode [["\"\\\/\n\t\u00fc\ud83d\ude00"]])
    assert.equal([[\u0041A]], json.decode [["\\u0041\u0041"]])
  end)

  it("keeps integers and empty arrays through a round", function()
    local text = '{"a":[],"b":{},"c":[9007199254740991,null]}'
    assert.equal(text, json.encode(json.decode(text)))
    assert.equal("[]", json.encode(berth.array()))
  end)

  it("refuses what is no JSON, and says where", function()
    for _, text in ipairs { "", "{", "[1,]", '{"a"}', '"x', "nul", "1 2", "{a:1}", '{"a":1,}', "-" } do
      local ok, message = pcall(json.decode, text)
      assert.is_false(ok, text)
      assert.matches("JSON is broken at byte %d+", message)
    end
  end)
end)
