#include "client/ctl/value_syntax.h"

#include <gtest/gtest.h>

#include "berth/client/value.h"

namespace berth::ctl {
namespace {

std::string Shown(absl::string_view text) {
  absl::StatusOr<v1::Value> value = ParseValue(text);
  if (!value.ok()) return std::string(value.status().message());
  std::string shown = value->ShortDebugString();
  return shown;
}

TEST(ValueSyntaxTest, EveryKind) {
  EXPECT_EQ(Shown("Alice"), "text: \"Alice\"");
  EXPECT_EQ(Shown(""), "text: \"\"");
  EXPECT_EQ(Shown("null"), "null_value: NULL_VALUE");
  EXPECT_EQ(Shown("default"), "default_value { }");
  EXPECT_EQ(Shown("int:-5"), "int_value: -5");
  EXPECT_EQ(Shown("uint:18446744073709551615"),
            "uint_value: 18446744073709551615");
  EXPECT_EQ(Shown("double:1.5"), "double_value: 1.5");
  EXPECT_EQ(Shown("bool:true"), "bool_value: true");
  EXPECT_EQ(Shown("blob:00Ff"), "blob: \"\\000\\377\"");
  EXPECT_EQ(Shown("decimal:-12.50"), "decimal: \"-12.50\"");
  EXPECT_EQ(Shown("json:{\"a\":1}"), "json: \"{\\\"a\\\":1}\"");
  EXPECT_EQ(Shown("date:2026-01-31"), "date: \"2026-01-31\"");
  EXPECT_EQ(Shown("datetime:2026-01-31 12:00:00"),
            "datetime: \"2026-01-31 12:00:00\"");
  EXPECT_EQ(Shown("time:-12:30:00"), "time: \"-12:30:00\"");
}

TEST(ValueSyntaxTest, UnknownKindsAreText) {
  EXPECT_EQ(Shown("12:30"), "text: \"12:30\"");
  EXPECT_EQ(Shown("http://x"), "text: \"http://x\"");
  EXPECT_EQ(Shown("text:null"), "text: \"null\"");
  EXPECT_EQ(Shown("text:int:5"), "text: \"int:5\"");
}

TEST(ValueSyntaxTest, ListsHaveOneKind) {
  EXPECT_EQ(ParseValue("list:int:1,2,3")->list().values_size(), 3);
  EXPECT_EQ(ParseValue("list:int:1,2,3")->list().values(2).int_value(), 3);
  EXPECT_EQ(ParseValue("list:a,b")->list().values(1).text(), "b");
  EXPECT_EQ(ParseValue("list:int:")->list().values_size(), 0);
  EXPECT_EQ(ParseValue("list:")->list().values_size(), 0);
  EXPECT_FALSE(ParseValue("list:int:1,x").ok());
}

TEST(ValueSyntaxTest, WrongNumbersAreErrors) {
  for (const char* text :
       {"int:x", "int:", "int:9223372036854775808", "uint:-1", "double:nan",
        "bool:maybe", "blob:abc", "blob:zz"}) {
    EXPECT_FALSE(ParseValue(text).ok()) << text;
  }
}

TEST(ValueSyntaxTest, AssignmentIsAValueOrAnExpression) {
  EXPECT_EQ(ParseAssignment("name=a=b")->value().text(), "a=b");
  EXPECT_EQ(ParseAssignment("name=")->value().text(), "");
  EXPECT_EQ(ParseAssignment("age=int:1")->value().int_value(), 1);
  auto expression = ParseAssignment("age:=age + 1");
  EXPECT_EQ(expression->column(), "age");
  EXPECT_EQ(expression->expression().where(), "age + 1");
  for (const char* text : {"name", "=x", ":=x", "age=int:x"}) {
    EXPECT_FALSE(ParseAssignment(text).ok()) << text;
  }
}

TEST(ValueSyntaxTest, OrderHasADirection) {
  EXPECT_FALSE(ParseOrder("age")->descending());
  EXPECT_FALSE(ParseOrder("age:asc")->descending());
  EXPECT_TRUE(ParseOrder("age:desc")->descending());
  EXPECT_FALSE(ParseOrder("age:up").ok());
  EXPECT_FALSE(ParseOrder(":desc").ok());
}

TEST(ValueSyntaxTest, TimeoutHasAUnitOrIsSeconds) {
  EXPECT_EQ(ParseTimeout("250ms").value(), absl::Milliseconds(250));
  EXPECT_EQ(ParseTimeout("1m30s").value(), absl::Seconds(90));
  EXPECT_EQ(ParseTimeout("1.5").value(), absl::Milliseconds(1500));
  for (const char* text : {"", "x", "0", "-1s", "nan"}) {
    EXPECT_FALSE(ParseTimeout(text).ok()) << text;
  }
}

}  // namespace
}  // namespace berth::ctl
