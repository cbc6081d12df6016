// The table that the planners' tests plan for.
#ifndef BERTH_TESTS_UNIT_PLAN_SAMPLE_TABLE_H_
#define BERTH_TESTS_UNIT_PLAN_SAMPLE_TABLE_H_

#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "google/protobuf/text_format.h"
#include "gtest/gtest.h"
#include "server/catalog/table.h"
#include "server/plan/plan.h"

namespace berth::plan {

// posts(id AUTO_INCREMENT, title, published, order, slug GENERATED).
inline const catalog::Table& Posts() {
  static const catalog::Table* const table = [] {
    std::vector<catalog::Column> columns;
    for (const char* name : {"id", "title", "published", "order", "slug"}) {
      catalog::Column column;
      column.name = name;
      columns.push_back(std::move(column));
    }
    columns[0].auto_increment = true;
    columns[4].generated = true;
    return new catalog::Table("posts", std::move(columns), {"id"});
  }();
  return *table;
}

// tags(name), without AUTO_INCREMENT.
inline const catalog::Table& Tags() {
  static const catalog::Table* const table = [] {
    catalog::Column name;
    name.name = "name";
    return new catalog::Table("tags", {name}, {"name"});
  }();
  return *table;
}

// A message from its text form.
template <typename Message>
Message Parse(const std::string& text) {
  Message message;
  EXPECT_TRUE(google::protobuf::TextFormat::ParseFromString(text, &message))
      << text;
  return message;
}

// The integers among the parameters, for short comparisons.
inline std::vector<int> Integers(const Plan& plan) {
  std::vector<int> integers;
  for (const v1::Value* value : plan.parameters) {
    integers.push_back(static_cast<int>(value->int_value()));
  }
  return integers;
}

}  // namespace berth::plan

#endif  // BERTH_TESTS_UNIT_PLAN_SAMPLE_TABLE_H_
