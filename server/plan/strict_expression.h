// Reads expressions of the level `strict` and writes them anew.
#ifndef BERTH_SERVER_PLAN_STRICT_EXPRESSION_H_
#define BERTH_SERVER_PLAN_STRICT_EXPRESSION_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "server/catalog/table.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/parameters.h"

namespace berth::plan {

// A parser by recursive descent that writes what it has understood, and nothing
// else: columns of the table as quoted names, keywords in capitals, texts in
// single quotes, numbers, placeholders, one blank between all. Signs and
// parentheses stay where they were, so MariaDB reads the same expression.
//
//   expression: not… comparison { AND | OR | XOR not… comparison }
//   comparison: predicate { = | <=> | <> | != | < | <= | > | >= predicate }
//               with IS [NOT] NULL | TRUE | FALSE | UNKNOWN behind any
//   predicate:  sum [ [NOT] IN (expression, …) | [NOT] BETWEEN sum AND
//   predicate
//               | [NOT] LIKE sum [ESCAPE operand] ]
//   sum:        operand { + - * / % DIV MOD & | ^ << >> operand }
//   operand:    { + - ~ } number, text, ?, NULL, TRUE, FALSE, column,
//               function(expression, …), (expression), CASE … END
//
// Every function that reads fails with INVALID_FIELD for what is no SQL, with
// POLICY for what other levels let through, with UNKNOWN_COLUMN, with LIMIT for
// too deep a nesting, and as PlaceholderWriter::Write does.
class StrictExpression {
 public:
  // `field` is the path of the text. All is borrowed.
  StrictExpression(const catalog::Tokens& tokens, const catalog::Table& table,
                   absl::string_view field, PlaceholderWriter* placeholders,
                   std::string* sql)
      : tokens_(tokens),
        table_(table),
        field_(field),
        placeholders_(placeholders),
        sql_(*sql) {}

  // Reads an expression from the cursor on.
  absl::Status Read() { return Expression(0); }

  // What reading what surrounds expressions needs as well.

  bool AtEnd() const { return at_ == tokens_.size(); }
  // Whether the token `ahead` of the cursor is this word.
  bool AtWord(absl::string_view lower, size_t ahead = 0) const {
    return at_ + ahead < tokens_.size() && tokens_[at_ + ahead].Is(lower);
  }
  bool AtKind(catalog::TokenKind kind) const {
    return !AtEnd() && tokens_[at_].kind == kind;
  }
  // Takes the word, or the comma, if it is at the cursor, and writes it.
  bool TakeWord(absl::string_view lower);
  bool TakeComma();
  // The same, or an error.
  absl::Status NeedWord(absl::string_view lower);
  // Reads a number without fraction, or a placeholder.
  absl::Status ReadCount();
  // The error for the token at the cursor, which does not belong there;
  // `expected` is what does.
  absl::Status Unexpected(absl::string_view expected) const;

 private:
  const catalog::Token& Current() const { return tokens_[at_]; }
  // Appends a piece behind a blank, unless a parenthesis or a blank is before.
  void Put(absl::string_view piece);
  // The sign at the cursor, up to three characters: `<=>`; empty: none.
  absl::string_view Sign() const;
  void TakeSign(absl::string_view sign);
  absl::Status Invalid(absl::string_view message) const;
  absl::Status Beyond(absl::string_view what) const;
  absl::Status CheckDepth(int depth) const;

  absl::Status Expression(int depth);
  absl::Status Comparison(int depth);
  absl::Status Predicate(int depth);
  absl::Status Between(int depth);
  absl::Status Sum(int depth);
  absl::Status Operand(int depth);
  absl::Status Word(int depth);
  absl::Status Case(int depth);
  absl::Status Function(int depth);
  // What is in parentheses: one expression, or several. The cursor is behind
  // the `(`.
  absl::Status Parenthesis(int depth);
  absl::Status List(int depth);
  absl::Status Column();
  absl::Status Number();
  absl::Status Text();

  const catalog::Tokens& tokens_;
  const catalog::Table& table_;
  const absl::string_view field_;
  PlaceholderWriter* const placeholders_;
  std::string& sql_;
  size_t at_ = 0;
};

}  // namespace berth::plan

#endif  // BERTH_SERVER_PLAN_STRICT_EXPRESSION_H_
