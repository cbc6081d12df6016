// Values and messages that are too large.
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <string>

#include "absl/time/clock.h"
#include "berth/client/client.h"
#include "tests/integration/one_table_test.h"
#include "tests/support/berthd_process.h"
#include "tests/support/specs.h"
#include "tests/support/status_matchers.h"

namespace berth::test {
namespace {

using absl::StatusCode;
using client::Client;
using client::Outcome;
using client::Session;
using client::Values;
using ::testing::AllOf;
using ::testing::HasSubstr;

class TooLargeTest : public OneTableTest {};

// Sizes around MariaDB's max_allowed_packet: what is too large is refused
// before it is sent, since MariaDB would hang up.
TEST_F(TooLargeTest, TooLargeParameterIsRefusedAndTheSessionLives) {
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  Session session = client.OpenSession().value();
  const auto connection_of = [&] {
    return FirstCell(session.Execute("SELECT CONNECTION_ID()").value().at(0));
  };
  const std::string connection = connection_of();
  const int packet = std::stoi(Mariadb().Sql("SELECT @@max_allowed_packet"));
  int sent = 0;
  int refused = 0;
  for (const int above : {-65536, -2048, -1024, -512, -64, -8, 0, 1, 65536}) {
    for (const bool in_text : {false, true}) {
      const std::string around = in_text ? "SELECT LENGTH('')" : "";
      const std::string value(
          static_cast<size_t>(packet + above) - around.size(), 'x');
      auto done = in_text ? session.Execute("SELECT LENGTH('" + value + "')")
                          : session.Execute("SELECT LENGTH(?)", Values(value));
      if (done.ok()) {
        ++sent;
        EXPECT_EQ(FirstCell(done->at(0)), std::to_string(value.size()));
        EXPECT_LE(above, 0);
      } else {
        ++refused;
        EXPECT_GE(above, -2048) << in_text;
        EXPECT_THAT(done, AllOf(StatusIs(StatusCode::kInvalidArgument),
                                HasReason("LIMIT")))
            << above << " " << in_text;
        EXPECT_EQ(client::OutcomeOf(done.status()), Outcome::kNotDone);
        EXPECT_EQ(client::MetadataOf(done.status(), "limit_value"),
                  std::to_string(packet));
      }
      ASSERT_TRUE(session.Alive()) << above << " " << in_text;
    }
  }
  EXPECT_GT(sent, 0);
  EXPECT_GT(refused, 0);
  EXPECT_EQ(connection_of(), connection);

  v1::InsertSpec row =
      InsertInto("t", {"id", "v"},
                 Values(2, std::string(static_cast<size_t>(packet), 'x')));
  EXPECT_THAT(client.Insert(row), HasReason("LIMIT"));
  EXPECT_EQ(Mariadb().Sql("SELECT COUNT(*) FROM t WHERE id = 2"), "0");
}

TEST_F(TooLargeTest, TooLargeMessageIsRefusedAndTheChannelLives) {
  BerthdProcess berthd(Mariadb());
  const Client client = berthd.Connect(WithoutRetries());
  Session bystander = client.OpenSession().value();
  ASSERT_THAT(bystander.Begin(), IsOk());
  const std::string value(21 * 1024 * 1024, 'x');
  const absl::Status unary =
      client.Insert(InsertInto("t", {"id", "v"}, Values(3, value))).status();
  EXPECT_THAT(unary, AllOf(StatusIs(StatusCode::kResourceExhausted),
                           HasReason("RESOURCE_EXHAUSTED")));
  EXPECT_NE(client::OutcomeOf(unary), Outcome::kDone);
  EXPECT_THAT(std::string(unary.message()), HasSubstr("larger than max"));
  EXPECT_THAT(Read(client), IsOk());

  Session session = client.OpenSession().value();
  const absl::Status streamed =
      session.Insert(InsertInto("t", {"id", "v"}, Values(3, value))).status();
  EXPECT_THAT(streamed, AllOf(StatusIs(StatusCode::kResourceExhausted),
                              HasReason("RESOURCE_EXHAUSTED")));
  EXPECT_THAT(std::string(streamed.message()), HasSubstr("larger than max"));
  EXPECT_NE(client::OutcomeOf(streamed), Outcome::kDone);
  EXPECT_THAT(Read(client), IsOk());
  // The same HTTP/2 connection still carries the others.
  EXPECT_THAT(bystander.Ping(), IsOk());
  EXPECT_THAT(bystander.Rollback(), IsOk());
  EXPECT_EQ(Mariadb().Sql("SELECT COUNT(*) FROM t WHERE id = 3"), "0");
}

}  // namespace
}  // namespace berth::test
