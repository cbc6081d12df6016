#include "server/program/answer.h"

#include "berth/v1/transaction.pb.h"
#include "server/base/rpc_status.h"
#include "server/exec/wire.h"

namespace berth::program {

using exec::wire::AppendBytes;
using exec::wire::LengthTag;

void Answer::Add(const std::string& id, int field, absl::string_view outcome) {
  std::string step;
  step.reserve(id.size() + outcome.size() + 16);
  if (!id.empty()) {
    AppendBytes(step, LengthTag(v1::StepResult::kIdFieldNumber), id);
  }
  AppendBytes(step, LengthTag(field), outcome);
  AppendBytes(body_, LengthTag(v1::TransactionResponse::kResultsFieldNumber),
              step);
}

void Answer::Skipped(const std::string& id) {
  Add(id, v1::StepResult::kSkippedFieldNumber, "");
}

void Answer::Failed(const std::string& id, const absl::Status& status) {
  Add(id, v1::StepResult::kErrorFieldNumber,
      errors::ToRpcStatus(status).SerializeAsString());
}

void Answer::Results(const std::string& id, const StepEncoder& encoder) {
  has_rows_ = has_rows_ || encoder.has_rows();
  Add(id, v1::StepResult::kResultsFieldNumber, encoder.results());
}

void Answer::Wrote(const std::string& id, const v1::WriteResult& result) {
  has_rows_ = has_rows_ || result.returned().rows().rows_size() > 0;
  Add(id, v1::StepResult::kWriteFieldNumber, result.SerializeAsString());
}

std::string Answer::ToResponse(uint32_t attempts) const {
  v1::TransactionResponse head;
  head.mutable_info()->set_attempts(attempts);
  std::string response;
  response.reserve(body_.size() + 16);
  head.AppendToString(&response);
  response += body_;
  return response;
}

void CutReturnedRows(size_t room, v1::WriteResult* result) {
  if (!result->returned().has_rows()) return;
  auto* rows = result->mutable_returned()->mutable_rows()->mutable_rows();
  size_t bytes = 0;
  int fit = 0;
  while (fit < rows->size()) {
    bytes += rows->at(fit).ByteSizeLong();
    if (bytes > room) break;
    ++fit;
  }
  if (fit == rows->size()) return;
  rows->DeleteSubrange(fit, rows->size() - fit);
  v1::ResultEnd& end = *result->mutable_returned()->mutable_end();
  end.set_row_count(static_cast<uint64_t>(fit));
  end.set_truncated(true);
}

}  // namespace berth::program
