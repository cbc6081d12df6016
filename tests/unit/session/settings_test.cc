#include "server/session/settings.h"

#include "gtest/gtest.h"
#include "server/base/error.h"

namespace berth::session {
namespace {

TEST(SettingsTest, NothingAskedForNeedsNoStatement) {
  EXPECT_EQ(SetupOf(v1::OpenSession()).value(), "");
}

TEST(SettingsTest, EverythingIsSetInOneStatement) {
  v1::OpenSession open;
  open.set_isolation(v1::ISOLATION_SERIALIZABLE);
  open.set_read_only(true);
  open.set_time_zone("Europe/Berlin");
  EXPECT_EQ(SetupOf(open).value(),
            "SET SESSION tx_isolation='SERIALIZABLE', tx_read_only=1, "
            "time_zone='Europe/Berlin'");
}

TEST(SettingsTest, RefusesWhatIsNoTimeZone) {
  for (const char* zone : {"'; DROP TABLE t", "a b", "x\\", "\xC3\xA4"}) {
    v1::OpenSession open;
    open.set_time_zone(zone);
    EXPECT_EQ(errors::ReasonOf(SetupOf(open).status()), "INVALID_FIELD");
  }
}

TEST(SettingsTest, RefusesAnUnknownIsolation) {
  v1::OpenSession open;
  open.set_isolation(static_cast<v1::Isolation>(77));
  EXPECT_EQ(errors::ReasonOf(SetupOf(open).status()), "INVALID_FIELD");
}

}  // namespace
}  // namespace berth::session
