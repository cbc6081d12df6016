#include "tests/integration/random_program.h"

#include "absl/strings/str_cat.h"
#include "berth/client/value.h"
#include "tests/support/specs.h"

namespace berth::test {
namespace {

using client::ToValue;

// Makes one program.
class Maker {
 public:
  explicit Maker(std::mt19937_64& random) : random_(random) {}

  v1::TransactionRequest Make() {
    const int steps = 1 + Below(8);
    for (int i = 0; i < steps; ++i) AddStep(i);
    return std::move(program_);
  }

 private:
  int Below(int limit) {
    return static_cast<int>(random_() % static_cast<uint64_t>(limit));
  }
  bool Chance(int percent) { return Below(100) < percent; }

  void AddStep(int index) {
    v1::Step step;
    step.set_id(absl::StrCat("s", index));
    if (index > 0 && Chance(30)) *step.mutable_condition() = Condition(1);
    if (Chance(50)) step.set_on_error(v1::ON_ERROR_CONTINUE);
    Operate(step);
    if (Chance(12)) *step.add_assertions() = Compare(&step);
    *program_.add_steps() = std::move(step);
  }

  void Operate(v1::Step& step) {
    switch (Below(8)) {
      case 0:
      case 1:
        return Insert(*step.mutable_insert());
      case 2: {
        v1::UpdateSpec& update = *step.mutable_update();
        update = UpdateOf("a", "n", Number(), "k < ?", {Number()});
        if (Chance(40)) {
          v1::Assignment& more = *update.add_assignments();
          more.set_column("d");
          more.mutable_expression()->set_where("d + ?");
          *more.mutable_expression()->add_parameters() = Number();
        }
        return;
      }
      case 3:
        *step.mutable_delete_() = DeleteFrom(
            "a", "k IN (?)", {client::List({Number(), Number(), Number()})});
        return;
      case 4:
      case 5: {
        v1::SelectSpec& select = *step.mutable_select();
        select = SelectFrom(Chance(95) ? "a" : "no_such",
                            "k < ? ORDER BY id LIMIT 5", {Number()});
        if (Chance(20)) select.add_columns("n");
        if (Chance(5)) select.add_columns("wrong");
        return;
      }
      default:
        *step.mutable_statement() = Statement();
    }
  }

  void Insert(v1::InsertSpec& insert) {
    if (Chance(30)) {
      insert = InsertInto("b", {"a_id", "note"}, {Number(), ToValue("note")});
      return;
    }
    insert.set_table("a");
    for (const char* column : {"k", "n", "d", "t"}) insert.add_columns(column);
    const int rows = 1 + Below(3);
    for (int i = 0; i < rows; ++i) {
      v1::Row& row = *insert.add_rows();
      *row.add_values() = ToValue(Below(40));
      *row.add_values() = Number();
      *row.add_values() = Chance(20) ? client::Default() : Number();
      *row.add_values() = ToValue(absl::StrCat("t", Below(5)));
    }
    insert.set_on_conflict(static_cast<v1::OnConflict>(Below(6) / 2));
    if (Chance(30)) insert.add_returning("*");
  }

  v1::Statement Statement() {
    switch (Below(7)) {
      case 0:
        return Sql("SELECT COUNT(*) AS c, SUM(n) AS s, MAX(d) AS d FROM a");
      case 1:
        return Sql("UPDATE a SET n = n + ? WHERE k < ?", {Number(), Number()});
      case 2:
        return Sql("INSERT INTO a (k, n) VALUES (?, ?)", {Number(), Number()});
      case 3:
        return Sql("CALL two_rows(?, ?)", {Number(), Number()});
      case 4:
        return Sql("CALL two_results(?)", {Number()});
      case 5:
        return Sql("DELETE FROM b WHERE a_id > ?", {Number()});
      default:
        return Sql("DO ?", {Number()});
    }
  }

  // A small number, or a reference that mostly is one.
  v1::Value Number() {
    v1::Value value;
    if (program_.steps_size() > 0 && Chance(30)) {
      *value.mutable_ref() = Ref(nullptr);
    } else if (Chance(20)) {
      value = client::Decimal(absl::StrCat(Below(40), ".", Below(4) * 25));
    } else {
      value = ToValue(Below(40));
    }
    return value;
  }

  // To `self`; null: to an earlier step.
  v1::Ref Ref(const v1::Step* self) {
    v1::Ref ref;
    const v1::Step& target =
        self != nullptr ? *self : program_.steps(Below(program_.steps_size()));
    if (self == nullptr) ref.set_step(target.id());
    // The answer of a session does not tell which ids such an insert made.
    const bool tells_id =
        target.insert().rows_size() < 2 || target.insert().on_conflict() == 0;
    switch (tells_id ? Below(4) : 1 + Below(3)) {
      case 0:
        ref.mutable_last_insert_id();
        break;
      case 1:
        ref.mutable_affected_rows();
        break;
      case 2:
        ref.mutable_row_count();
        break;
      default: {
        static const char* const kColumns[] = {"id", "n", "d", "c", "k"};
        ref.mutable_cell()->set_row(static_cast<uint32_t>(Below(2)));
        ref.mutable_cell()->set_column(kColumns[Below(5)]);
      }
    }
    return ref;
  }

  std::string Earlier() {
    return absl::StrCat("s", Below(program_.steps_size()));
  }

  v1::Comparison Compare(const v1::Step* self) {
    v1::Comparison comparison;
    *comparison.mutable_left() = Ref(self);
    comparison.set_operator_(static_cast<v1::Comparison::Operator>(Below(6)));
    *comparison.mutable_right() = Chance(10) ? ToValue(std::nullopt) : Number();
    return comparison;
  }

  v1::Condition Condition(int depth) {
    v1::Condition condition;
    switch (Below(depth < 4 ? 6 : 3)) {
      case 0:
        condition.set_ok(Earlier());
        break;
      case 1:
        condition.set_failed(Earlier());
        break;
      case 2:
        *condition.mutable_compare() = Compare(nullptr);
        break;
      case 3:
        *condition.mutable_not_() = Condition(depth + 1);
        break;
      case 4:
        *condition.mutable_all()->add_conditions() = Condition(depth + 1);
        *condition.mutable_all()->add_conditions() = Condition(depth + 1);
        break;
      default:
        *condition.mutable_any()->add_conditions() = Condition(depth + 1);
        *condition.mutable_any()->add_conditions() = Condition(depth + 1);
    }
    return condition;
  }

  std::mt19937_64& random_;
  v1::TransactionRequest program_;
};

}  // namespace

std::vector<std::string> RandomProgramSchema() {
  return {
      "CREATE OR REPLACE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, k INT "
      "UNIQUE, n INT NOT NULL, d DECIMAL(10,2) DEFAULT 1.5, t VARCHAR(20))",
      "CREATE OR REPLACE TABLE b (id INT AUTO_INCREMENT PRIMARY KEY, a_id INT "
      "NOT NULL, note VARCHAR(20), FOREIGN KEY (a_id) REFERENCES a (id))",
      "CREATE OR REPLACE PROCEDURE two_rows(x INT, y INT) BEGIN INSERT INTO a "
      "(k, n) VALUES (x, 1); INSERT INTO a (k, n) VALUES (y, 2); END",
      "CREATE OR REPLACE PROCEDURE two_results(x INT) BEGIN SELECT n, k FROM a "
      "WHERE k < x ORDER BY id; SELECT COUNT(*) AS c FROM b; END",
  };
}

v1::TransactionRequest RandomProgram(std::mt19937_64& random) {
  return Maker(random).Make();
}

}  // namespace berth::test
