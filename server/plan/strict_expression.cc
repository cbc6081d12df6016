#include "server/plan/strict_expression.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/schema_error.h"
#include "server/catalog/sql_quote.h"
#include "server/plan/refuse.h"
#include "server/plan/where_policy.h"
#include "server/plan/where_words.h"

namespace berth::plan {
namespace {

using absl::string_view;
using catalog::Token;
using catalog::TokenKind;

bool IsComparison(string_view sign) {
  return sign == "=" || sign == "<=>" || sign == "<>" || sign == "!=" ||
         sign == "<" || sign == "<=" || sign == ">" || sign == ">=";
}

bool IsArithmetic(string_view sign) {
  return sign == "+" || sign == "-" || sign == "*" || sign == "/" ||
         sign == "%" || sign == "&" || sign == "|" || sign == "^" ||
         sign == "<<" || sign == ">>";
}

size_t Digits(string_view text, size_t from) {
  size_t end = from;
  while (end < text.size() &&
         absl::ascii_isdigit(static_cast<unsigned char>(text[end]))) {
    ++end;
  }
  return end - from;
}

// Whether this is digits, with a fraction or an exponent or not.
bool IsDecimal(string_view text) {
  size_t end = Digits(text, 0);
  if (end == 0) return false;
  if (end < text.size() && text[end] == '.') end += 1 + Digits(text, end + 1);
  if (end == text.size()) return true;
  if (text[end] != 'e' && text[end] != 'E') return false;
  ++end;
  if (end < text.size() && (text[end] == '+' || text[end] == '-')) ++end;
  const size_t exponent = Digits(text, end);
  return exponent > 0 && end + exponent == text.size();
}

// Whether this word can only stand between or behind operands.
bool IsInfix(const Token& token) {
  for (string_view word :
       {"and",    "or",     "xor",  "not",  "div",  "in",   "between", "like",
        "escape", "is",     "when", "then", "else", "end",  "order",   "by",
        "limit",  "offset", "for",  "lock", "asc",  "desc", "where"}) {
    if (token.Is(word)) return true;
  }
  return false;
}

}  // namespace

void StrictExpression::Put(string_view piece) {
  if (sql_.empty() || (sql_.back() != ' ' && sql_.back() != '(')) sql_ += ' ';
  sql_.append(piece.data(), piece.size());
}

string_view StrictExpression::Sign() const {
  if (!AtKind(TokenKind::kOperator)) return string_view();
  const string_view first = Current().text;
  // Signs are one character each in tokens; MariaDB joins adjacent ones.
  string_view sign = first;
  for (size_t i = at_ + 1; i < tokens_.size() && sign.size() < 3; ++i) {
    const Token& token = tokens_[i];
    if (token.kind != TokenKind::kOperator ||
        token.offset != Current().offset + sign.size()) {
      break;
    }
    const string_view longer(first.data(), sign.size() + token.text.size());
    const bool joined = longer == "<=" || longer == "<=>" || longer == ">=" ||
                        longer == "<>" || longer == "!=" || longer == "<<" ||
                        longer == ">>" || longer == "&&" || longer == "||";
    if (!joined) break;
    sign = longer;
  }
  return sign;
}

void StrictExpression::TakeSign(string_view sign) {
  Put(sign);
  at_ += Current().text.size() == sign.size() ? 1 : sign.size();
}

bool StrictExpression::TakeWord(string_view lower) {
  if (!AtWord(lower)) return false;
  Put(absl::AsciiStrToUpper(lower));
  ++at_;
  return true;
}

bool StrictExpression::TakeComma() {
  if (!AtKind(TokenKind::kComma)) return false;
  sql_ += ",";
  ++at_;
  return true;
}

absl::Status StrictExpression::NeedWord(string_view lower) {
  if (TakeWord(lower)) return absl::OkStatus();
  return Unexpected(absl::AsciiStrToUpper(lower));
}

absl::Status StrictExpression::ReadCount() {
  if (AtKind(TokenKind::kPlaceholder)) return Operand(0);
  if (!AtKind(TokenKind::kNumber) ||
      Digits(Current().text, 0) != Current().text.size()) {
    return Unexpected("a number of rows or a placeholder");
  }
  return Number();
}

absl::Status StrictExpression::Invalid(string_view message) const {
  return Refuse(field_, message);
}

absl::Status StrictExpression::Beyond(string_view what) const {
  return BeyondStrict(tokens_, field_, what, Current().offset);
}

absl::Status StrictExpression::Unexpected(string_view expected) const {
  if (AtEnd()) {
    return Invalid(absl::StrCat("ends where ", expected, " was expected"));
  }
  const Token& token = Current();
  // `not regexp`: what follows says more.
  const bool negated = token.Is("not") && at_ + 1 < tokens_.size();
  const Token& telling = negated ? tokens_[at_ + 1] : token;
  if (telling.kind == TokenKind::kWord && IsWordBeyondStrict(telling.text)) {
    return BeyondStrict(tokens_, field_, Shown(telling), telling.offset);
  }
  const string_view sign = Sign();
  if (sign == "||" || sign == ":=" || sign == "@" || sign == "!" ||
      sign == "{" || sign == "\\") {
    return Beyond(absl::StrCat("`", sign, "`"));
  }
  return Invalid(absl::StrCat(Shown(token), " at byte ", token.offset + 1,
                              " where ", expected, " was expected"));
}

absl::Status StrictExpression::CheckDepth(int depth) const {
  if (depth <= limits::kStrictNesting) return absl::OkStatus();
  return OverLimit(field_, "levels of nesting", limits::kStrictNesting,
                   static_cast<uint64_t>(depth));
}

absl::Status StrictExpression::Expression(int depth) {
  RETURN_IF_ERROR(CheckDepth(depth));
  while (true) {
    int inner = depth;
    while (TakeWord("not")) RETURN_IF_ERROR(CheckDepth(++inner));
    RETURN_IF_ERROR(Comparison(inner));
    if (TakeWord("and") || TakeWord("or") || TakeWord("xor")) continue;
    if (Sign() != "&&") return absl::OkStatus();
    Put("AND");
    at_ += 2;
  }
}

absl::Status StrictExpression::Comparison(int depth) {
  RETURN_IF_ERROR(Predicate(depth));
  while (!AtEnd()) {
    if (TakeWord("is")) {
      TakeWord("not");
      if (!TakeWord("null") && !TakeWord("true") && !TakeWord("false") &&
          !TakeWord("unknown")) {
        return Unexpected("NULL, TRUE, FALSE or UNKNOWN");
      }
      continue;
    }
    const string_view sign = Sign();
    if (!IsComparison(sign)) break;
    TakeSign(sign);
    RETURN_IF_ERROR(Predicate(depth));
  }
  return absl::OkStatus();
}

absl::Status StrictExpression::Predicate(int depth) {
  RETURN_IF_ERROR(Sum(depth));
  if (!AtKind(TokenKind::kWord)) return absl::OkStatus();
  if (AtWord("not") &&
      (AtWord("in", 1) || AtWord("between", 1) || AtWord("like", 1))) {
    TakeWord("not");
  }
  if (TakeWord("in")) {
    if (!AtKind(TokenKind::kOpen)) return Unexpected("`(`");
    ++at_;
    Put("(");
    return List(depth + 1);
  }
  if (TakeWord("between")) return Between(depth + 1);
  if (TakeWord("like")) {
    RETURN_IF_ERROR(Sum(depth));
    if (TakeWord("escape")) return Operand(depth);
  }
  return absl::OkStatus();
}

absl::Status StrictExpression::Between(int depth) {
  RETURN_IF_ERROR(CheckDepth(depth));
  RETURN_IF_ERROR(Sum(depth));
  RETURN_IF_ERROR(NeedWord("and"));
  return Predicate(depth);
}

absl::Status StrictExpression::Sum(int depth) {
  while (true) {
    RETURN_IF_ERROR(Operand(depth));
    if (TakeWord("div") || TakeWord("mod")) continue;
    const string_view sign = Sign();
    if (!IsArithmetic(sign)) return absl::OkStatus();
    TakeSign(sign);
  }
}

absl::Status StrictExpression::Operand(int depth) {
  for (string_view sign = Sign(); sign == "-" || sign == "+" || sign == "~";
       sign = Sign()) {
    RETURN_IF_ERROR(CheckDepth(++depth));
    TakeSign(sign);
  }
  if (AtEnd()) return Unexpected("a value or a column");
  switch (Current().kind) {
    case TokenKind::kPlaceholder:
      Put("");
      return placeholders_->Write(at_++, sql_);
    case TokenKind::kWord:
      return Word(depth);
    case TokenKind::kQuotedName:
      return Column();
    case TokenKind::kNumber:
      return Number();
    case TokenKind::kString:
      return Text();
    case TokenKind::kOpen:
      ++at_;
      Put("(");
      return Parenthesis(depth + 1);
    default:
      return Unexpected("a value or a column");
  }
}

absl::Status StrictExpression::Word(int depth) {
  if (TakeWord("null") || TakeWord("true") || TakeWord("false")) {
    return absl::OkStatus();
  }
  const Token& word = Current();
  if (word.Is("case")) return Case(depth + 1);
  const Token* const next =
      at_ + 1 < tokens_.size() ? &tokens_[at_ + 1] : nullptr;
  if (next != nullptr && next->kind == TokenKind::kString && !IsInfix(word)) {
    // `_utf8'…'`, `x'…'`, `date '…'`.
    return Beyond(absl::StrCat(Shown(word), " before a text"));
  }
  if (next != nullptr && next->kind == TokenKind::kOpen && !IsInfix(word)) {
    return Function(depth + 1);
  }
  const bool qualified = next != nullptr && next->IsOperator(".");
  if (qualified || table_.FindColumn(word.text) != nullptr) return Column();
  if (IsInfix(word) || IsWordBeyondStrict(word.text)) {
    return Unexpected("a value or a column");
  }
  if (IsBareFunction(word.text)) {
    Put(absl::AsciiStrToUpper(word.text));
    ++at_;
    return absl::OkStatus();
  }
  return Column();
}

absl::Status StrictExpression::Case(int depth) {
  RETURN_IF_ERROR(CheckDepth(depth));
  RETURN_IF_ERROR(NeedWord("case"));
  if (!AtWord("when")) RETURN_IF_ERROR(Expression(depth));
  do {
    RETURN_IF_ERROR(NeedWord("when"));
    RETURN_IF_ERROR(Expression(depth));
    RETURN_IF_ERROR(NeedWord("then"));
    RETURN_IF_ERROR(Expression(depth));
  } while (AtWord("when"));
  if (TakeWord("else")) RETURN_IF_ERROR(Expression(depth));
  return NeedWord("end");
}

absl::Status StrictExpression::Function(int depth) {
  const string_view name = Current().text;
  if (!IsStrictFunction(name)) {
    return Beyond(absl::StrCat("the function ", Shown(Current())));
  }
  Put(absl::AsciiStrToUpper(name));
  sql_ += "(";
  at_ += 2;
  if (AtKind(TokenKind::kClose)) {
    ++at_;
    sql_ += ")";
    return absl::OkStatus();
  }
  return List(depth);
}

absl::Status StrictExpression::List(int depth) {
  do {
    RETURN_IF_ERROR(Expression(depth));
  } while (TakeComma());
  if (!AtKind(TokenKind::kClose)) return Unexpected("`,` or `)`");
  ++at_;
  sql_ += ")";
  return absl::OkStatus();
}

absl::Status StrictExpression::Parenthesis(int depth) {
  RETURN_IF_ERROR(Expression(depth));
  if (AtKind(TokenKind::kComma)) return Beyond("a row, whose `,` is");
  if (!AtKind(TokenKind::kClose)) return Unexpected("`)`");
  ++at_;
  sql_ += ")";
  return absl::OkStatus();
}

absl::Status StrictExpression::Column() {
  const auto is_name = [this](size_t i) {
    return i < tokens_.size() && (tokens_[i].kind == TokenKind::kWord ||
                                  tokens_[i].kind == TokenKind::kQuotedName);
  };
  const auto is_dot = [this](size_t i) {
    return i < tokens_.size() && tokens_[i].IsOperator(".");
  };
  if (is_dot(at_ + 1)) {
    const bool own = NameOf(Current()) == table_.name() && is_name(at_ + 2) &&
                     !is_dot(at_ + 3);
    if (!own) {
      return Beyond(absl::StrCat("the qualified name that begins with ",
                                 Shown(Current())));
    }
    at_ += 2;
  }
  const Token& token = Current();
  if (at_ + 1 < tokens_.size() && tokens_[at_ + 1].kind == TokenKind::kOpen) {
    return Beyond(absl::StrCat("the function ", Shown(token)));
  }
  const std::string name = NameOf(token);
  const catalog::Column* const column = table_.FindColumn(name);
  if (column == nullptr) return catalog::UnknownColumn(table_, name, field_);
  Put("");
  catalog::AppendIdentifier(sql_, column->name);
  ++at_;
  return absl::OkStatus();
}

absl::Status StrictExpression::Number() {
  const Token& token = Current();
  if (!IsDecimal(token.text)) {
    // A name may begin with a digit.
    if (table_.FindColumn(token.text) != nullptr) return Column();
    if (token.text[0] == '0' && token.text.size() > 1 &&
        (token.text[1] == 'x' || token.text[1] == 'b')) {
      return Beyond(Shown(token));
    }
    return Invalid(absl::StrCat(Shown(token), " at byte ", token.offset + 1,
                                " is not a number"));
  }
  Put(token.text);
  ++at_;
  return absl::OkStatus();
}

absl::Status StrictExpression::Text() {
  const Token& token = Current();
  if (absl::StrContains(token.text, '\\')) {
    return Beyond(
        "a backslash, whose meaning depends on sql_mode (bind the text), in "
        "the quotes that begin");
  }
  Put("");
  if (token.text.front() == '"') {
    sql_ += catalog::QuoteLiteral(NameOf(token));
  } else {
    absl::StrAppend(&sql_, token.text);
  }
  ++at_;
  return absl::OkStatus();
}

}  // namespace berth::plan
