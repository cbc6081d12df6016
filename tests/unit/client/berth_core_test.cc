// Runs berth_core_test.lua in each Lua against a fake service.
#include <gtest/gtest.h>
#include <unistd.h>

#include <cstdlib>
#include <string>

#include "tests/unit/client/fake_service.h"

namespace berth {
namespace {

class BerthCoreTest : public ::testing::TestWithParam<const char*> {};

TEST_P(BerthCoreTest, ScriptSucceeds) {
  std::string lua = GetParam();
  std::string version = lua == "luajit" ? lua : lua.substr(3);
  std::string folder = std::string(BERTH_LUA_MODULES) + "/" + version;
  ASSERT_EQ(access((folder + "/berth_core.so").c_str(), R_OK), 0)
      << "no berth_core for " << lua;
  testing::FakeService service;
  service.Start();
  // Versioned variables go before LUA_CPATH, so they must not be set.
  std::string command =
      "unset LUA_CPATH_5_3 LUA_CPATH_5_4; export LUA_CPATH='" + folder +
      "/?.so'; exec timeout 60 " + lua + " '" + BERTH_LUA_SCRIPT + "' " +
      service.endpoint();
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

INSTANTIATE_TEST_SUITE_P(Luas, BerthCoreTest,
                         ::testing::Values("lua5.1", "lua5.3", "lua5.4",
                                           "luajit"),
                         [](const auto& info) {
                           std::string name = info.param;
                           std::erase(name, '.');
                           return name;
                         });

#ifdef BERTH_LUA_HOST
std::string NameOf(const ::testing::TestParamInfo<const char*>& mode) {
  return mode.param;
}

// Runs a host with `arguments` and the variables of `environment`; it must end
// well and in time. Valgrind or another tool that BERTH_LUA_HOST_TOOL names
// watches it.
void ExpectEndsWell(const std::string& host, const std::string& mode,
                    const std::string& environment = "") {
  testing::FakeService service;
  service.Start();
  const char* tool = std::getenv("BERTH_LUA_HOST_TOOL");
  std::string command =
      std::string("unset LUA_CPATH_5_3 LUA_CPATH_5_4; export LUA_CPATH='") +
      BERTH_LUA_MODULES + "/5.4/?.so'; exec timeout 300 env " + environment +
      " " + (tool == nullptr ? "" : tool) + " '" + host + "' " + mode + " " +
      service.endpoint() + " '" + BERTH_LUA_SCRIPT + "'";
  EXPECT_EQ(std::system(command.c_str()), 0) << command;
}

class LuaHostTest : public ::testing::TestWithParam<const char*> {};

TEST_P(LuaHostTest, EndsWell) { ExpectEndsWell(BERTH_LUA_HOST, GetParam()); }

INSTANTIATE_TEST_SUITE_P(Modes, LuaHostTest,
                         ::testing::Values("script", "two_states",
                                           "fork_before_use", "fork_after_use",
                                           "close_while_busy",
                                           "exit_while_busy",
                                           "exit_and_close_while_busy"),
                         NameOf);

// Hosts with a protobuf and a gRPC of their own, every function of which
// aborts.
class LuaHostWithForeignLibrariesTest
    : public ::testing::TestWithParam<const char*> {};

TEST_P(LuaHostWithForeignLibrariesTest, MayExportThem) {
  ExpectEndsWell(BERTH_FOREIGN_HOST, GetParam());
}

TEST_P(LuaHostWithForeignLibrariesTest, MayPreloadThem) {
  ExpectEndsWell(BERTH_LUA_HOST, GetParam(),
                 "LD_PRELOAD='" BERTH_FOREIGN_LIBRARIES "'");
}

// A host with the very protobuf of the module, and files of the same names in
// its pool.
TEST_P(LuaHostWithForeignLibrariesTest, MayHaveTheSameFilesInTheSameProtobuf) {
  ExpectEndsWell(BERTH_SAME_PROTOBUF_HOST, GetParam());
}

INSTANTIATE_TEST_SUITE_P(Modes, LuaHostWithForeignLibrariesTest,
                         ::testing::Values("script", "two_states",
                                           "close_while_busy",
                                           "exit_and_close_while_busy"),
                         NameOf);
#endif

}  // namespace
}  // namespace berth
