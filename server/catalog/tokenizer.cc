#include "server/catalog/tokenizer.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"

namespace berth::catalog {
namespace {

using absl::string_view;

bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '$' || static_cast<unsigned char>(c) >= 0x80;
}

// One pass over the text.
class Lexer {
 public:
  Lexer(string_view sql, string_view field) : sql_(sql), field_(field) {}

  absl::StatusOr<Tokens> Run();

 private:
  absl::Status Refuse(string_view what, size_t position) const {
    std::string message = absl::StrCat(what, " at byte ", position + 1);
    return errors::Error(absl::StatusCode::kInvalidArgument,
                         errors::kInvalidField)
        .Message(absl::StrCat(field_, ": ", message))
        .Field(field_, message);
  }

  char At(size_t i) const { return i < sql_.size() ? sql_[i] : '\0'; }

  bool StartsComment(size_t i) const {
    if (sql_[i] == '#') return true;
    if (sql_[i] == '/') return At(i + 1) == '*';
    if (sql_[i] != '-' || At(i + 1) != '-') return false;
    // MariaDB takes `--` for a comment only before a blank or control
    // character, so `a--1` is arithmetic.
    const char after = At(i + 2);
    return after == ' ' ||
           absl::ascii_iscntrl(static_cast<unsigned char>(after));
  }

  // The end of the quoted text that begins at `i`; npos: it has none.
  size_t QuoteEnd(size_t i) const {
    const char quote = sql_[i];
    for (size_t j = i + 1; j < sql_.size(); ++j) {
      if (sql_[j] == '\\' && quote != '`') {
        ++j;
      } else if (sql_[j] == quote) {
        if (At(j + 1) != quote) return j + 1;
        ++j;
      }
    }
    return string_view::npos;
  }

  // The end of the word or number that begins at `i`.
  size_t WordEnd(size_t i, bool number) const {
    // Whether all before was digits and dots, so that `e` begins an exponent.
    bool plain = number;
    size_t end = i + 1;
    for (; end < sql_.size(); ++end) {
      const char c = sql_[end];
      if (number && c == '.') continue;
      if (!IsNameByte(c)) break;
      if (absl::ascii_isdigit(static_cast<unsigned char>(c))) continue;
      const bool sign = At(end + 1) == '+' || At(end + 1) == '-';
      if (plain && (c == 'e' || c == 'E') && sign &&
          absl::ascii_isdigit(static_cast<unsigned char>(At(end + 2)))) {
        ++end;
      }
      plain = false;
    }
    return end;
  }

  void Add(TokenKind kind, size_t begin, size_t end) {
    tokens_.emplace_back(kind, sql_.substr(begin, end - begin), begin, depth_);
  }

  string_view sql_;
  string_view field_;
  int depth_ = 0;
  Tokens tokens_;
};

absl::StatusOr<Tokens> Lexer::Run() {
  if (const size_t nul = sql_.find('\0'); nul != string_view::npos) {
    return Refuse("a NUL byte is not allowed", nul);
  }
  size_t i = 0;
  while (i < sql_.size()) {
    const char c = sql_[i];
    size_t end = i + 1;
    if (absl::ascii_isspace(static_cast<unsigned char>(c))) {
      ++i;
      continue;
    }
    if (IsNameByte(c)) {
      const bool number = absl::ascii_isdigit(static_cast<unsigned char>(c));
      end = WordEnd(i, number);
      Add(number ? TokenKind::kNumber : TokenKind::kWord, i, end);
    } else if (c == '\'' || c == '"' || c == '`') {
      end = QuoteEnd(i);
      if (end == string_view::npos) return Refuse("unterminated quote", i);
      Add(c == '`' ? TokenKind::kQuotedName : TokenKind::kString, i, end);
    } else if (c == ';') {
      return Refuse("`;` is not allowed", i);
    } else if (StartsComment(i)) {
      return Refuse("a comment is not allowed", i);
    } else if (c == '(') {
      Add(TokenKind::kOpen, i, end);
      ++depth_;
    } else if (c == ')') {
      if (depth_ == 0) return Refuse("`)` without `(`", i);
      --depth_;
      Add(TokenKind::kClose, i, end);
    } else if (c == ',') {
      Add(TokenKind::kComma, i, end);
    } else if (c == '?') {
      Add(TokenKind::kPlaceholder, i, end);
    } else {
      if (c == ':' && At(end) == '=') ++end;
      Add(TokenKind::kOperator, i, end);
    }
    i = end;
  }
  if (depth_ > 0) return Refuse("`(` without `)` before the end", sql_.size());
  return std::move(tokens_);
}

}  // namespace

absl::StatusOr<Tokens> Tokenize(string_view sql, string_view field) {
  return Lexer(sql, field).Run();
}

std::string NameOf(const Token& token) {
  const bool quoted =
      token.kind == TokenKind::kQuotedName ||
      (token.kind == TokenKind::kString && token.text.front() == '"');
  if (!quoted) return std::string(token.text);
  const char quote = token.text.front();
  std::string name;
  const string_view inner = token.text.substr(1, token.text.size() - 2);
  for (size_t i = 0; i < inner.size(); ++i) {
    name.push_back(inner[i]);
    if (inner[i] == quote) ++i;
  }
  return name;
}

}  // namespace berth::catalog
