#include "server/plan/calls.h"

#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "server/plan/known_functions.h"

namespace berth::plan {
namespace {

using absl::string_view;
using catalog::Token;
using catalog::TokenKind;
using catalog::Tokens;

// Bytes of names without quotes; those above ASCII are letters in UTF-8.
bool IsNameByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_' ||
         c == '$' || (static_cast<unsigned char>(c) & 0x80) != 0;
}

bool IsBlank(char c) {
  return absl::ascii_isspace(static_cast<unsigned char>(c));
}

// Whether a name that ends before `at` is followed by a parenthesis, blanks and
// comments aside. A comment that MariaDB executes may hold one.
bool ParenthesisFollows(string_view text, size_t at) {
  while (at < text.size()) {
    const string_view rest = text.substr(at);
    if (IsBlank(rest[0])) {
      ++at;
    } else if (rest[0] == '(') {
      return true;
    } else if (absl::StartsWith(rest, "/*!") ||
               absl::StartsWith(rest, "/*M!")) {
      return true;
    } else if (absl::StartsWith(rest, "/*")) {
      const size_t end = rest.find("*/", 2);
      if (end == string_view::npos) return false;
      at += end + 2;
    } else if (absl::StartsWith(rest, "*/")) {
      at += 2;
    } else if (rest[0] == '#' || absl::StartsWith(rest, "--")) {
      const size_t end = rest.find('\n');
      if (end == string_view::npos) return false;
      at += end + 1;
    } else {
      return false;
    }
  }
  return false;
}

// Whether what follows this word is the name of a table: `INSERT INTO t (a)`.
bool TableFollows(string_view word) {
  for (const char* before :
       {"into", "insert", "ignore", "replace", "table", "with", "recursive"}) {
    if (absl::EqualsIgnoreCase(word, before)) return true;
  }
  return false;
}

void Note(string_view name, bool gap, Calls& calls) {
  switch (KindOf(name, gap)) {
    case WordKind::kHarmless:
      break;
    case WordKind::kStateful:
      calls.stateful = true;
      break;
    case WordKind::kUnknown:
      calls.routine = true;
      break;
  }
}

// NEXT VALUE FOR needs no parenthesis, nor NEXTVAL in the mode of Oracle.
bool IsSequence(string_view previous, string_view word) {
  return (word.size() == 5 && absl::EqualsIgnoreCase(word, "value") &&
          absl::EqualsIgnoreCase(previous, "next")) ||
         (word.size() == 7 && absl::EqualsIgnoreCase(word, "nextval"));
}

// What the reader of a text remembers of what it has passed.
struct Trail {
  Trail() = default;

  // The word before, while only blanks of the same line followed it. A comment
  // that ends with its line must not pass for what is before a table.
  string_view neighbour;
  // The word before the whole of the current name, `db` of `db.name` included.
  string_view owner;
  // The last word at all.
  string_view previous;
  // The last sign, blanks aside.
  char sign = ' ';
};

// Passes the name at `begin` and returns where it ends, its closing quote
// included.
size_t PassName(string_view text, size_t begin, Trail& trail, Calls& calls) {
  size_t end = begin + 1;
  while (end < text.size() && IsNameByte(text[end])) ++end;
  const string_view word = text.substr(begin, end - begin);
  const bool quoted =
      end < text.size() && (text[end] == '`' || text[end] == '"');
  if (quoted) ++end;
  const bool qualified = trail.sign == '.';
  if (!qualified) trail.owner = trail.neighbour;
  calls.stateful = calls.stateful || IsSequence(trail.previous, word);
  if (ParenthesisFollows(text, end) && !TableFollows(trail.owner)) {
    if (qualified || quoted) {
      calls.routine = true;
    } else if (trail.sign != ')' || !absl::EqualsIgnoreCase(word, "against")) {
      Note(word, /*gap=*/text[end] != '(', calls);
    }
  }
  trail.neighbour = word;
  trail.previous = word;
  trail.sign = ' ';
  return end;
}

}  // namespace

Calls FindCalls(string_view text) {
  Calls calls;
  Trail trail;
  size_t i = 0;
  while (i < text.size()) {
    const char c = text[i];
    if (IsNameByte(c)) {
      i = PassName(text, i, trail, calls);
      continue;
    }
    ++i;
    if (c == '\n') {
      trail.neighbour = string_view();
    } else if (c == '`' || c == '"') {
      // The end of a quoted name that no letter ends.
      if (ParenthesisFollows(text, i)) calls.routine = true;
    } else if (!IsBlank(c)) {
      trail.neighbour = string_view();
      trail.sign = c;
    }
  }
  return calls;
}

Calls FindCalls(const Tokens& tokens) {
  Calls calls;
  for (size_t i = 0; i + 1 < tokens.size(); ++i) {
    const Token& token = tokens[i];
    const Token& next = tokens[i + 1];
    if (token.Is("next") && next.Is("value")) calls.stateful = true;
    if (next.kind != TokenKind::kOpen) continue;
    if (token.kind == TokenKind::kQuotedName) calls.routine = true;
    if (token.kind != TokenKind::kWord) continue;
    if (i > 0 && tokens[i - 1].IsOperator(".")) {
      calls.routine = true;
    } else if (i == 0 || tokens[i - 1].kind != TokenKind::kClose ||
               !token.Is("against")) {
      Note(token.text, next.offset != token.offset + token.text.size(), calls);
    }
  }
  return calls;
}

}  // namespace berth::plan
