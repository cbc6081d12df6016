#include "server/catalog/table_element.h"

#include <string>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::catalog {
namespace {

using ::testing::HasSubstr;

absl::StatusOr<Element> Read(const std::string& name,
                             const std::string& definition) {
  v1::TableElement element;
  element.set_name(name);
  element.set_definition(definition);
  return ReadElement(element, "tables[0].elements[2]");
}

struct Case {
  const char* name;
  const char* definition;
  ElementKind kind;
  const char* read_name;
  const char* sql;
};

class TableElement : public ::testing::TestWithParam<Case> {};

TEST_P(TableElement, IsClassified) {
  const Case& c = GetParam();
  auto element = Read(c.name, c.definition);
  ASSERT_TRUE(element.ok()) << element.status();
  EXPECT_EQ(element->kind, c.kind);
  EXPECT_EQ(element->name, c.read_name);
  EXPECT_EQ(element->sql, c.sql);
}

constexpr auto kColumn = ElementKind::kColumn;
constexpr auto kIndex = ElementKind::kIndex;

INSTANTIATE_TEST_SUITE_P(
    All, TableElement,
    ::testing::Values(
        Case{"id", "bigint primary key auto_increment not null", kColumn, "id",
             "`id` bigint primary key auto_increment not null"},
        Case{"price", "decimal(10,2) default 0", kColumn, "price",
             "`price` decimal(10,2) default 0"},
        Case{"key", "int", kColumn, "key", "`key` int"},
        Case{"index", "int", kColumn, "index", "`index` int"},
        Case{"check", "int", kColumn, "check", "`check` int"},
        Case{"unique", "int", kColumn, "unique", "`unique` int"},
        Case{"constraint", "int", kColumn, "constraint", "`constraint` int"},
        Case{"keyboard", "int", kColumn, "keyboard", "`keyboard` int"},
        Case{"my col", "int", kColumn, "my col", "`my col` int"},
        Case{"a`b", "int", kColumn, "a`b", "`a``b` int"},
        Case{"primary color", "int", kColumn, "primary color",
             "`primary color` int"},
        Case{"unique visitors", "int", kColumn, "unique visitors",
             "`unique visitors` int"},
        Case{"kind", "enum('a,b', 'c') not null", kColumn, "kind",
             "`kind` enum('a,b', 'c') not null"},
        Case{"foreign key (user_id)", "references users(id)",
             ElementKind::kForeignKey, "",
             "foreign key (user_id) references users(id)"},
        Case{"FOREIGN KEY(user_id)", "references users(id)",
             ElementKind::kForeignKey, "",
             "FOREIGN KEY(user_id) references users(id)"},
        Case{"unique key email_idx", "(email)", ElementKind::kUnique,
             "email_idx", "unique key email_idx (email)"},
        Case{"unique index email_idx", "(email)", ElementKind::kUnique,
             "email_idx", "unique index email_idx (email)"},
        Case{"unique (email)", "", ElementKind::kUnique, "", "unique (email)"},
        Case{"index name_idx", "(name)", kIndex, "name_idx",
             "index name_idx (name)"},
        Case{"key name_idx", "using btree (name)", kIndex, "name_idx",
             "key name_idx using btree (name)"},
        Case{"primary key", "(a, b)", ElementKind::kPrimaryKey, "PRIMARY",
             "primary key (a, b)"},
        Case{"fulltext index ft", "(body)", ElementKind::kFulltext, "ft",
             "fulltext index ft (body)"},
        Case{"fulltext", "(body)", ElementKind::kFulltext, "",
             "fulltext (body)"},
        Case{"spatial key sp", "(p)", ElementKind::kSpatial, "sp",
             "spatial key sp (p)"},
        Case{"check", "(age > 0)", ElementKind::kCheck, "", "check (age > 0)"},
        Case{"check (age > 0)", "", ElementKind::kCheck, "", "check (age > 0)"},
        Case{"constraint adult", "check (age > 17)", ElementKind::kCheck,
             "adult", "constraint adult check (age > 17)"},
        Case{"constraint fk", "foreign key (a) references b(c)",
             ElementKind::kForeignKey, "fk",
             "constraint fk foreign key (a) references b(c)"},
        Case{"", "INDEX `x` (`x`)", kIndex, "x", "INDEX `x` (`x`)"},
        Case{"", "UNIQUE KEY `body` (`a`,`b`)", ElementKind::kUnique, "body",
             "UNIQUE KEY `body` (`a`,`b`)"},
        Case{"", "`x` int not null", kColumn, "x", "`x` int not null"}));

TEST(ReadElement, ReadsForeignKeys) {
  auto element = Read("constraint fk",
                      "foreign key i (a, `b`) references `other` (c, d) match "
                      "full on update set null on delete cascade");
  ASSERT_TRUE(element.ok()) << element.status();
  const ForeignKey& key = *element->foreign_key;
  EXPECT_EQ(key.name, "fk");
  EXPECT_EQ(key.columns, (std::vector<std::string>{"a", "b"}));
  EXPECT_EQ(key.table, "other");
  EXPECT_EQ(key.referenced_columns, (std::vector<std::string>{"c", "d"}));
  EXPECT_EQ(key.on_delete, "CASCADE");
  EXPECT_EQ(key.on_update, "SET NULL");
}

TEST(ReadElement, RestrictAndNoActionAreTheDefault) {
  auto element = Read("foreign key (a)",
                      "references b(c) on delete no action on update restrict");
  ASSERT_TRUE(element.ok());
  EXPECT_EQ(element->foreign_key->on_delete, "");
  EXPECT_EQ(element->foreign_key->on_update, "");
}

TEST(ReadElement, AColumnCanDeclareItsKeys) {
  auto element = Read("user_id",
                      "bigint unique references users (id) on delete cascade "
                      "comment 'whose'");
  ASSERT_TRUE(element.ok());
  EXPECT_TRUE(element->unique);
  EXPECT_FALSE(element->primary_key);
  EXPECT_EQ(element->foreign_key->table, "users");
  EXPECT_EQ(element->foreign_key->columns, std::vector<std::string>{"user_id"});
  EXPECT_EQ(element->sql_without_references,
            "`user_id` bigint unique comment 'whose'");
}

TEST(ReadElement, OnUpdateOfAColumnIsNoReference) {
  auto element =
      Read("t", "timestamp references x(y) on update current_timestamp");
  ASSERT_TRUE(element.ok());
  EXPECT_EQ(element->sql_without_references,
            "`t` timestamp on update current_timestamp");
}

TEST(ReadElement, NotesWhatMakesAColumnExpensive) {
  EXPECT_TRUE(Read("a", "int auto_increment primary key")->auto_increment);
  EXPECT_TRUE(Read("a", "int auto_increment primary key")->primary_key);
  EXPECT_TRUE(Read("a", "int key")->primary_key);
  EXPECT_FALSE(Read("a", "int unique key")->primary_key);
  EXPECT_TRUE(Read("a", "serial")->auto_increment);
  EXPECT_TRUE(Read("a", "int as (b + 1) stored")->stored_generated);
  EXPECT_TRUE(Read("a", "int as (b + 1) persistent")->stored_generated);
  EXPECT_FALSE(Read("a", "int as (b + 1) virtual")->stored_generated);
  EXPECT_TRUE(Read("a", "uuid default uuid()")->computed_default);
  EXPECT_TRUE(Read("a", "int default (1 + 1)")->computed_default);
  EXPECT_FALSE(Read("a", "datetime default now()")->computed_default);
  EXPECT_FALSE(Read("a", "varchar(9) default 'uuid()'")->computed_default);
  EXPECT_FALSE(Read("a", "varchar(9) comment 'unique'")->unique);
}

struct BadCase {
  const char* name;
  const char* definition;
  const char* message;
};

class BadTableElement : public ::testing::TestWithParam<BadCase> {};

TEST_P(BadTableElement, IsRefused) {
  auto element = Read(GetParam().name, GetParam().definition);
  ASSERT_FALSE(element.ok());
  EXPECT_EQ(errors::ReasonOf(element.status()), errors::kInvalidField);
  EXPECT_THAT(std::string(element.status().message()),
              HasSubstr(GetParam().message));
}

INSTANTIATE_TEST_SUITE_P(
    All, BadTableElement,
    ::testing::Values(
        BadCase{"a", "int; drop table x", "elements[2].definition: `;`"},
        BadCase{"a", "int -- x", "comment"},
        BadCase{"a", "int /*!x*/", "comment"},
        BadCase{"a", "int) engine=myisam, (b int", "`)` without `(`"},
        BadCase{"a", "int, drop column b", "a comma is not allowed"},
        BadCase{"a", "int default ?", "placeholder"},
        BadCase{"a", "", "required"}, BadCase{"a", "  ", "required"},
        BadCase{"", "", "required"}, BadCase{"", "x", "without a name"},
        BadCase{"a ", "int", "elements[2].name"},
        BadCase{"foreign key (a", "b) references c(d)", "without `(`"},
        BadCase{"foreign key (a)", "on b(c)", "references"},
        BadCase{"index a; drop", "(b)", "elements[2].name: `;`"},
        BadCase{"constraint c", "int", "not a key or constraint"},
        BadCase{"primary key", "", "columns in parentheses"}));

}  // namespace
}  // namespace berth::catalog
