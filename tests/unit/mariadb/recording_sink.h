// A sink that keeps what it is told, as text.
#ifndef BERTH_TESTS_UNIT_MARIADB_RECORDING_SINK_H_
#define BERTH_TESTS_UNIT_MARIADB_RECORDING_SINK_H_

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "server/mariadb/row_sink.h"

namespace berth::mariadb {

class RecordingSink final : public RowSink {
 public:
  void BeginResult(const ResultMetadata& /*metadata*/) override {}
  void Null() override { cells.push_back("null"); }
  void Int(int64_t value) override {
    cells.push_back(absl::StrCat("int ", value));
  }
  void Uint(uint64_t value) override {
    cells.push_back(absl::StrCat("uint ", value));
  }
  void Double(double value) override {
    cells.push_back("double");
    doubles.push_back(value);
  }
  void Text(TextKind kind, absl::string_view value) override {
    static constexpr const char* kNames[] = {
        "text ", "blob ", "decimal ", "json ", "date ", "datetime ", "time "};
    cells.push_back(absl::StrCat(kNames[static_cast<int>(kind)], value));
  }
  Next EndRow() override { return Next::kContinue; }
  runtime::Task<absl::Status> Flush() override { co_return absl::OkStatus(); }
  runtime::Task<absl::Status> EndResult(
      const ResultSummary& /*summary*/) override {
    co_return absl::OkStatus();
  }

  std::vector<std::string> cells;
  std::vector<double> doubles;
};

}  // namespace berth::mariadb

#endif  // BERTH_TESTS_UNIT_MARIADB_RECORDING_SINK_H_
