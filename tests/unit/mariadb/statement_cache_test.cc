#include "server/mariadb/statement_cache.h"

#include <memory>
#include <string>

#include "gtest/gtest.h"

namespace berth::mariadb {
namespace {

// Statements of a connection that was never made.
class StatementCacheTest : public ::testing::Test {
 protected:
  StatementCacheTest() : connection_(mysql_init(nullptr)), cache_(3) {}
  ~StatementCacheTest() override {
    cache_.Clear();
    mysql_close(connection_);
  }

  Statement* Insert(absl::string_view sql) {
    return cache_.Insert(
        sql, std::make_unique<Statement>(mysql_stmt_init(connection_), true));
  }

  MYSQL* const connection_;
  StatementCache cache_;
};

TEST_F(StatementCacheTest, FindsStatementsByTheirText) {
  EXPECT_EQ(cache_.Find("a"), nullptr);
  Statement* a = Insert("a");
  Statement* b = Insert("b");
  EXPECT_EQ(cache_.Find("a"), a);
  EXPECT_EQ(cache_.Find("b"), b);
  EXPECT_EQ(cache_.Find("A"), nullptr);
  EXPECT_EQ(cache_.size(), 2u);
}

TEST_F(StatementCacheTest, KeepsTheTextItself) {
  {
    std::string text(100, 'x');
    Insert(text);
    text.assign(100, 'y');
  }
  EXPECT_NE(cache_.Find(std::string(100, 'x')), nullptr);
}

TEST_F(StatementCacheTest, ClosesTheOneUnusedLongest) {
  Insert("a");
  Insert("b");
  Insert("c");
  Insert("d");
  EXPECT_EQ(cache_.Find("a"), nullptr);
  EXPECT_EQ(cache_.size(), 3u);
}

TEST_F(StatementCacheTest, AUseKeepsAStatement) {
  Statement* a = Insert("a");
  Insert("b");
  Insert("c");
  EXPECT_EQ(cache_.Find("a"), a);
  Insert("d");
  EXPECT_EQ(cache_.Find("a"), a);
  EXPECT_EQ(cache_.Find("b"), nullptr);
}

TEST_F(StatementCacheTest, ReplacesTheStatementOfAText) {
  Insert("a");
  Insert("b");
  Statement* again = Insert("a");
  EXPECT_EQ(cache_.Find("a"), again);
  EXPECT_EQ(cache_.size(), 2u);
}

TEST_F(StatementCacheTest, ForgetsOneOrAll) {
  Insert("a");
  Insert("b");
  cache_.Erase("a");
  cache_.Erase("none");
  EXPECT_EQ(cache_.Find("a"), nullptr);
  EXPECT_NE(cache_.Find("b"), nullptr);
  cache_.Clear();
  EXPECT_EQ(cache_.size(), 0u);
  EXPECT_NE(Insert("b"), nullptr);
}

}  // namespace
}  // namespace berth::mariadb
