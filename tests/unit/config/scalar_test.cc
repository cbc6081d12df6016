#include "server/config/scalar.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace berth::config {
namespace {

absl::Status SetKey(const char* key, absl::string_view text, Config& config) {
  return SetField(FindKey(key)->field, text, config);
}

TEST(ScalarTest, WritesDurationsInTheLargestWholeUnit) {
  EXPECT_EQ(DurationText(absl::Seconds(2)), "2s");
  EXPECT_EQ(DurationText(absl::Minutes(10)), "10m");
  EXPECT_EQ(DurationText(absl::Milliseconds(1500)), "1500ms");
  EXPECT_EQ(DurationText(absl::Hours(48)), "2d");
}

TEST(ScalarTest, ReadsDurations) {
  Config config;
  EXPECT_TRUE(SetKey("pool.max_lifetime", "1d", config).ok());
  EXPECT_EQ(config.pool.max_lifetime, absl::Hours(24));
  EXPECT_TRUE(SetKey("pool.max_lifetime", "1h30m", config).ok());
  EXPECT_EQ(config.pool.max_lifetime, absl::Minutes(90));
}

TEST(ScalarTest, RefusesDurationsWithoutUnitOrBound) {
  Config config;
  for (const char* text : {"", "0", "5", "inf", "-2s", "2 s", "9d"}) {
    EXPECT_FALSE(SetKey("pool.max_lifetime", text, config).ok()) << text;
  }
}

TEST(ScalarTest, ReadsAndWritesSizes) {
  Config config;
  EXPECT_TRUE(SetKey("limits.unary_bytes", "2MiB", config).ok());
  EXPECT_EQ(config.limits.unary_bytes, 2 << 20);
  EXPECT_EQ(BytesText(3 << 20), "3MiB");
  EXPECT_EQ(BytesText(1000), "1000");
  for (const char* text : {"", "KiB", "1MB", "9999999999GiB", "1KiB"}) {
    EXPECT_FALSE(SetKey("limits.unary_bytes", text, config).ok()) << text;
  }
}

TEST(ScalarTest, LeavesTheFieldAloneOnAnError) {
  Config config;
  EXPECT_FALSE(SetKey("mariadb.port", "65536", config).ok());
  EXPECT_EQ(config.mariadb.port, 3306);
}

}  // namespace
}  // namespace berth::config
