// The answer to a question of the service's own.
#ifndef BERTH_SERVER_EXEC_SINGLE_VALUE_H_
#define BERTH_SERVER_EXEC_SINGLE_VALUE_H_

#include <optional>
#include <string>

#include "absl/strings/str_cat.h"
#include "server/mariadb/row_sink.h"
#include "server/runtime/task.h"

namespace berth::exec {

// Keeps the first cell of a result as text.
class SingleValue final : public mariadb::RowSink {
 public:
  void BeginResult(const mariadb::ResultMetadata& /*metadata*/) override {}
  void Null() override { seen_ = true; }
  void Int(int64_t value) override { Keep(absl::StrCat(value)); }
  void Uint(uint64_t value) override { Keep(absl::StrCat(value)); }
  void Double(double value) override { Keep(absl::StrCat(value)); }
  void Text(mariadb::TextKind /*kind*/, absl::string_view value) override {
    Keep(std::string(value));
  }
  Next EndRow() override { return Next::kStop; }
  runtime::Task<absl::Status> Flush() override { co_return absl::OkStatus(); }
  runtime::Task<absl::Status> EndResult(
      const mariadb::ResultSummary& /*summary*/) override {
    co_return absl::OkStatus();
  }

  // Nothing without a row, or if it is NULL.
  const std::optional<std::string>& value() const { return value_; }

 private:
  void Keep(std::string value) {
    if (!seen_) value_ = std::move(value);
    seen_ = true;
  }

  bool seen_ = false;
  std::optional<std::string> value_;
};

}  // namespace berth::exec

#endif  // BERTH_SERVER_EXEC_SINGLE_VALUE_H_
