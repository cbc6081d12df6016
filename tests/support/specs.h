// Requests, shortly.
#ifndef BERTH_TESTS_SUPPORT_SPECS_H_
#define BERTH_TESTS_SUPPORT_SPECS_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "berth/client/value.h"
#include "berth/v1/query.pb.h"
#include "berth/v1/schema.pb.h"
#include "berth/v1/session.pb.h"

namespace berth::test {

v1::Filter Where(absl::string_view where, std::vector<v1::Value> values = {});
v1::SelectSpec SelectFrom(absl::string_view table, absl::string_view where = "",
                          std::vector<v1::Value> values = {});
// One row.
v1::InsertSpec InsertInto(absl::string_view table,
                          const std::vector<std::string>& columns,
                          std::vector<v1::Value> values);
// One column.
v1::UpdateSpec UpdateOf(absl::string_view table, absl::string_view column,
                        v1::Value value, absl::string_view where = "",
                        std::vector<v1::Value> values = {});
v1::DeleteSpec DeleteFrom(absl::string_view table, absl::string_view where = "",
                          std::vector<v1::Value> values = {});
v1::Statement Sql(absl::string_view sql, std::vector<v1::Value> values = {});

// The same as a request of a session, which can carry any of them.
v1::SessionRequest Request(v1::SelectSpec spec);
v1::SessionRequest Request(v1::InsertSpec spec);
v1::SessionRequest Request(v1::UpdateSpec spec);
v1::SessionRequest Request(v1::DeleteSpec spec);
v1::SessionRequest Request(v1::Statement statement);

// A table of pairs of name and definition.
v1::TableDefinition TableOf(
    absl::string_view name,
    const std::vector<std::pair<std::string, std::string>>& elements);
v1::RegisterRequest RegisterOf(std::vector<v1::TableDefinition> tables);
v1::PlanRequest PlanOf(std::vector<v1::TableDefinition> tables);

// The first cell of a result as text for people; "(none)" without a row.
std::string FirstCell(const v1::ResultChunk& result);
// The cells of a result, those of a row between commas, rows between `;`.
std::string Cells(const v1::ResultChunk& result);

}  // namespace berth::test

#endif  // BERTH_TESTS_SUPPORT_SPECS_H_
