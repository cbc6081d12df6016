#include "tests/integration/ledger.h"

#include <gtest/gtest.h>

#include <cstdio>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "tests/support/specs.h"

namespace berth::test {
namespace {

constexpr int kWriters = 4;

v1::InsertSpec Row(int64_t number) {
  return InsertInto("ledger", {"n"}, client::Values(number));
}

}  // namespace

using client::Outcome;
using client::Session;

void Ledger::Note(int64_t number, const absl::Status& told) {
  absl::MutexLock lock(&mutex_);
  told_[number] = client::OutcomeOf(told);
  if (told.ok()) {
    ++acknowledged_;
    return;
  }
  ++reasons_[client::ReasonOf(told)];
  if (client::ReasonOf(told).empty()) {
    ADD_FAILURE() << number << " failed without a reason: " << told;
  }
}

void Ledger::Check(MariadbServer& mariadb, absl::string_view name) {
  const std::map<int64_t, int> stored = Stored(mariadb);
  absl::MutexLock lock(&mutex_);
  std::map<std::string, int> counts;
  for (const auto& [number, outcome] : told_) {
    auto found = stored.find(number);
    const int times = found == stored.end() ? 0 : found->second;
    switch (outcome) {
      case Outcome::kDone:
        ++counts["acknowledged"];
        if (times == 0) ++counts["lost"];
        break;
      case Outcome::kNotDone:
        ++counts["not_done"];
        if (times > 0) ++counts["not_done_but_stored"];
        break;
      case Outcome::kUnknown:
        ++counts["unknown"];
        if (times > 0) ++counts["unknown_and_stored"];
        break;
    }
    if (times > 1) ++counts["stored_twice"];
  }
  for (const auto& [number, times] : stored) {
    if (told_.count(number) == 0) ++counts["stored_unasked"];
  }
  EXPECT_GT(counts["acknowledged"], 0);
  for (const char* wrong :
       {"lost", "not_done_but_stored", "stored_twice", "stored_unasked"}) {
    EXPECT_EQ(counts[wrong], 0) << wrong;
  }
  std::printf("%s:", std::string(name).c_str());
  for (const auto& [what, count] : counts) {
    ::testing::Test::RecordProperty(what, count);
    std::printf(" %s %d", what.c_str(), count);
  }
  std::printf("; errors:");
  for (const auto& [reason, count] : reasons_) {
    std::printf(" %s %d", reason.c_str(), count);
  }
  std::printf("\n");
}

std::map<int64_t, int> Ledger::Stored(MariadbServer& mariadb) {
  std::map<int64_t, int> stored;
  for (absl::string_view line : absl::StrSplit(
           mariadb.Sql("SELECT n FROM ledger"), '\n', absl::SkipEmpty())) {
    int64_t number = -1;
    EXPECT_TRUE(absl::SimpleAtoi(line, &number)) << line;
    ++stored[number];
  }
  return stored;
}

Writers::Writers(const client::Client& client, absl::Duration timeout,
                 Ledger* ledger)
    : client_(client), timeout_(timeout), ledger_(ledger) {
  for (int i = 0; i < kWriters; ++i) {
    threads_.emplace_back([this] { Write(); });
  }
}

void Writers::Stop() {
  stop_ = true;
  for (std::thread& thread : threads_) thread.join();
  threads_.clear();
}

void Writers::Write() {
  std::optional<Session> session;
  while (!stop_) {
    const int64_t number = ++last_;
    absl::Status told;
    switch (number % 3) {
      case 0:
        told = Timed([&] { return client_.Insert(Row(number)).status(); });
        break;
      case 1:
        told = InSession(session, number);
        break;
      default:
        told = InTransaction(number);
    }
    ledger_->Note(number, told);
    if (!told.ok()) absl::SleepFor(absl::Milliseconds(2));
  }
}

absl::Status Writers::InSession(std::optional<Session>& session,
                                int64_t number) {
  if (session.has_value() && !session->Alive()) session.reset();
  if (!session.has_value()) {
    auto opened = client_.OpenSession();
    if (!opened.ok()) return opened.status();
    session.emplace(*std::move(opened));
  }
  return Timed([&] { return session->Insert(Row(number)).status(); });
}

absl::Status Writers::InTransaction(int64_t number) {
  auto session = client_.OpenSession();
  if (!session.ok()) return session.status();
  absl::Status told = Timed([&] { return session->Begin(); });
  if (!told.ok()) return told;
  told = Timed([&] { return session->Insert(Row(number)).status(); });
  if (!told.ok()) return told;
  told = Timed([&] { return session->Commit(); });
  if (told.ok()) session->End().IgnoreError();
  return told;
}

absl::Status Writers::Timed(const std::function<absl::Status()>& request) {
  const absl::Time start = absl::Now();
  absl::Status status = request();
  const int64_t over =
      absl::ToInt64Milliseconds(absl::Now() - start - timeout_);
  int64_t most = overrun_ms_;
  while (over > most && !overrun_ms_.compare_exchange_weak(most, over)) {
  }
  return status;
}

}  // namespace berth::test
