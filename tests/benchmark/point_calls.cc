#include "tests/benchmark/point_calls.h"

#include <cstdio>
#include <random>
#include <string_view>

#include "berth/v1/database.pb.h"

namespace berth::benchmark {
namespace {

constexpr size_t kRequests = 8192;
constexpr int kParsedOneIn = 64;
constexpr size_t kCLength = 120;
constexpr size_t kPadLength = 60;

std::string Encode(int32_t id) {
  v1::SelectRequest request;
  v1::SelectSpec& select = *request.mutable_select();
  select.set_table("sbtest");
  for (const char* column : {"id", "k", "c", "pad"}) select.add_columns(column);
  select.mutable_filter()->set_where("id = ?");
  select.mutable_filter()->add_parameters()->set_int_value(id);
  return request.SerializeAsString();
}

// `Value.text` with 120 bytes that begin with the id.
std::string Mark(int32_t id) {
  char mark[14];
  const int length = std::snprintf(mark, sizeof mark, "%c%c%010d-", 6 << 3 | 2,
                                   static_cast<int>(kCLength), id);
  return std::string(mark, static_cast<size_t>(length));
}

bool IsTheRow(std::string_view bytes, int32_t id) {
  v1::SelectResponse response;
  if (!response.ParseFromArray(bytes.data(), static_cast<int>(bytes.size()))) {
    return false;
  }
  const v1::ResultChunk& result = response.result();
  if (result.columns_size() != 4 || result.columns(2).name() != "c" ||
      result.rows().rows_size() != 1 || result.end().row_count() != 1 ||
      result.end().truncated()) {
    return false;
  }
  const v1::Row& row = result.rows().rows(0);
  return row.values_size() == 4 && row.values(0).int_value() == id &&
         row.values(1).kind_case() == v1::Value::kIntValue &&
         row.values(2).text().size() == kCLength &&
         row.values(3).text().size() == kPadLength;
}

}  // namespace

PointCalls::PointCalls(int rows) {
  std::minstd_rand random(1);
  std::uniform_int_distribution<int32_t> ids(1, rows);
  requests_.reserve(kRequests);
  for (size_t i = 0; i < kRequests; ++i) {
    const int32_t id = ids(random);
    const grpc::Slice slice(Encode(id));
    requests_.push_back({id, grpc::ByteBuffer(&slice, 1), Mark(id)});
  }
}

std::string PointCalls::Check(const Request& request,
                              const grpc::ByteBuffer& reply) {
  grpc::Slice slice;
  if (!reply.TrySingleSlice(&slice).ok() &&
      !reply.DumpToSingleSlice(&slice).ok()) {
    return "an answer without bytes";
  }
  const std::string_view bytes(reinterpret_cast<const char*>(slice.begin()),
                               slice.size());
  if (bytes.find(request.mark) == std::string_view::npos) {
    return "an answer without the id that was asked for";
  }
  if (checked_++ % kParsedOneIn == 0 && !IsTheRow(bytes, request.id)) {
    return "an answer that is not the row asked for";
  }
  return "";
}

}  // namespace berth::benchmark
