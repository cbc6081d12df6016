#include "client/ctl/password_file.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <sys/stat.h>

#include <fstream>

namespace berth::ctl {
namespace {

using ::testing::AllOf;
using ::testing::HasSubstr;
using ::testing::Not;

// Writes a file of this test with these rights.
std::string Write(const std::string& text, mode_t mode = 0600) {
  const std::string path = ::testing::TempDir() + "/password_file_test";
  std::ofstream(path) << text;
  EXPECT_EQ(chmod(path.c_str(), mode), 0);
  return path;
}

std::string ErrorOf(const std::string& path) {
  const auto password = ReadPasswordFile(path);
  EXPECT_EQ(password.status().code(), absl::StatusCode::kInvalidArgument);
  return std::string(password.status().message());
}

TEST(PasswordFileTest, HoldsThePasswordInItsFirstLine) {
  EXPECT_EQ(ReadPasswordFile(Write(" s3: cret ")).value(), " s3: cret ");
  EXPECT_EQ(ReadPasswordFile(Write("s3cret\n")).value(), "s3cret");
  EXPECT_EQ(ReadPasswordFile(Write("s3cret\r\nmore\n")).value(), "s3cret");
}

TEST(PasswordFileTest, MustBeThereAndNotEmpty) {
  EXPECT_THAT(ErrorOf("/nonexistent/password"),
              HasSubstr("cannot read /nonexistent/password: No such file"));
  EXPECT_THAT(ErrorOf(Write("")), HasSubstr("first line is empty"));
  EXPECT_THAT(ErrorOf(Write("\ns3cret\n")), HasSubstr("first line is empty"));
  EXPECT_THAT(ErrorOf(::testing::TempDir()), Not(HasSubstr("s3cret")));
}

TEST(PasswordFileTest, MustBeClosedToOthers) {
  EXPECT_THAT(ErrorOf(Write("s3cret", 0604)),
              AllOf(HasSubstr("open to other users; chmod o="),
                    Not(HasSubstr("s3cret"))));
  EXPECT_EQ(ReadPasswordFile(Write("s3cret", 0640)).value(), "s3cret");
}

}  // namespace
}  // namespace berth::ctl
