-- fan.mariadb: transactions of several connections, and event loops.
local fan = require "support.fan"
local live = require "support.live"
local loops = require "support.loops"
local mariadb = require "fan.mariadb"

local describe_live = live.endpoint and describe or pending -- needs a server

describe_live("transactions of fan.mariadb", function()
  local first, second

  before_each(function()
    fan.begin()
    first, second = fan.connect(), fan.connect()
    assert(first:execute "CREATE TABLE accounts (id int primary key, balance int not null)")
    assert(first:execute "INSERT INTO accounts VALUES (1, 100), (2, 100)")
  end)
  after_each(fan.finish)

  local function balance(conn, id)
    return fan.row(conn, "SELECT balance FROM accounts WHERE id = " .. id).balance
  end

  it("begin by autocommit(false), and are seen by others after commit", function()
    assert.is_true(first:autocommit(false))
    assert.equal(1, first:execute "UPDATE accounts SET balance = 50 WHERE id = 1")
    assert.equal(50, balance(first, 1))
    assert.equal(100, balance(second, 1))
    assert.is_true(first:commit())
    assert.equal(50, balance(second, 1))
    first:execute "UPDATE accounts SET balance = 10 WHERE id = 1"
    assert.is_true(first:rollback())
    assert.equal(50, balance(first, 1))
    assert.is_true(first:autocommit(true))
    first:execute "UPDATE accounts SET balance = 70 WHERE id = 1"
    assert.equal(70, balance(second, 1))
  end)

  it("take autocommit's argument by its truth", function()
    assert.is_true(first:autocommit(nil))
    first:execute "UPDATE accounts SET balance = 1 WHERE id = 1"
    first:rollback()
    assert.equal(100, balance(first, 1))
    assert.is_true(first:autocommit(0))
    first:execute "UPDATE accounts SET balance = 1 WHERE id = 1"
    first:rollback()
    assert.equal(1, balance(second, 1))
  end)

  it("begin by SQL, and know savepoints", function()
    assert(first:execute "START TRANSACTION")
    first:execute "UPDATE accounts SET balance = 1 WHERE id = 1"
    first:execute "SAVEPOINT here"
    first:execute "UPDATE accounts SET balance = 2 WHERE id = 1"
    first:execute "ROLLBACK TO SAVEPOINT here"
    assert.is_true(first:commit())
    assert.equal(1, balance(second, 1))
  end)

  it("have nothing to commit or roll back at first, which is no error", function()
    assert.is_true(first:commit())
    assert.is_true(first:rollback())
  end)

  it("go on after an error in them", function()
    first:autocommit(false)
    first:execute "UPDATE accounts SET balance = 5 WHERE id = 1"
    assert.is_nil((first:execute "INSERT INTO accounts VALUES (1, 0)"))
    first:execute "UPDATE accounts SET balance = 6 WHERE id = 2"
    assert.is_true(first:commit())
    assert.same({ 5, 6 }, { balance(second, 1), balance(second, 2) })
  end)

  it("hold locks against each other until they end", function()
    first:autocommit(false)
    second:execute "SET SESSION innodb_lock_wait_timeout = 1"
    assert.equal(100, fan.row(first, "SELECT balance FROM accounts WHERE id = 1 FOR UPDATE").balance)
    local none, message = second:execute "UPDATE accounts SET balance = 0 WHERE id = 1"
    assert.is_nil(none)
    assert.matches("Lock wait timeout exceeded", message, 1, true)
    assert.equal(1, second:execute "UPDATE accounts SET balance = 0 WHERE id = 2")
    first:commit()
    assert.equal(1, second:execute "UPDATE accounts SET balance = 0 WHERE id = 1")
  end)

  it("keep what they have read, at REPEATABLE READ", function()
    second:autocommit(false)
    assert.equal(100, balance(second, 1))
    first:execute "UPDATE accounts SET balance = 3 WHERE id = 1"
    assert.equal(100, balance(second, 1))
    second:commit()
    assert.equal(3, balance(second, 1))
  end)

  it("run through prepared statements as well", function()
    first:autocommit(false)
    local statement = first:prepare "UPDATE accounts SET balance = balance + ? WHERE id = ?"
    assert.equal(1, statement:bind(-30, 1):execute())
    assert.equal(1, statement:bind(30, 2):execute())
    assert.equal(100, balance(second, 1))
    first:commit()
    assert.same({ 70, 130 }, { balance(second, 1), balance(second, 2) })
  end)

  it("are rolled back when their connection is closed", function()
    first:autocommit(false)
    first:execute "UPDATE accounts SET balance = 0"
    assert.is_true(first:close())
    assert.equal(1, second:execute "UPDATE accounts SET balance = 1 WHERE id = 1")
    assert.same({ 1, 100 }, { balance(second, 1), balance(second, 2) })
  end)
end)

for _, entry in ipairs(loops) do
  describe_live("fan.mariadb inside " .. entry.name, function()
    before_each(fan.begin)
    after_each(function() package.loaded.config = nil end)

    it("suspends coroutines, not the loop", function()
      local loop, failure = entry.make(), nil
      package.loaded.config = { maria_scheduler = loop.adapter }
      loop.run(function()
        local ok, err = pcall(function()
          local ticks, done, left, slept = 0, false, 4, 0
          loop.spawn(function()
            while not done do
              loop.sleep(0.01)
              ticks = ticks + 1
            end
          end)
          for i = 1, 4 do
            loop.spawn(function()
              local conn = assert(mariadb.connect(fan.DATABASE, "", ""))
              local statement = conn:prepare "SELECT SLEEP(?) AS s, ? AS i"
              assert(statement:bind(0.3, i):execute())
              slept = slept + statement:fetch().i
              assert(fan.row(conn, "SELECT SLEEP(0.1) AS s").s == 0)
              conn:close()
              left = left - 1
            end)
          end
          while left > 0 do loop.sleep(0.01) end
          done = true
          assert(slept == 10, "rows of all of them")
          assert(ticks >= 5, ticks .. " ticks")
        end)
        failure = not ok and err or nil
      end)
      if loop.leave then loop.leave() end
      assert.is_nil(failure)
    end)
  end)
end
