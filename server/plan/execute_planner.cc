#include "server/plan/execute_planner.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/parameters.h"
#include "server/plan/refuse.h"

namespace berth::plan {
namespace {

using absl::string_view;
using WordSet = absl::flat_hash_set<string_view>;

bool IsWordByte(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '_';
}

// The word at the start of `text`.
string_view LeadingWord(string_view text) {
  size_t end = 0;
  while (end < text.size() && IsWordByte(text[end])) ++end;
  return text.substr(0, end);
}

string_view SkipBlanksAndParentheses(string_view text) {
  size_t begin = 0;
  while (begin < text.size() &&
         (absl::ascii_isspace(static_cast<unsigned char>(text[begin])) ||
          text[begin] == '(')) {
    ++begin;
  }
  return text.substr(begin);
}

// Words of functions and expressions with an effect on the session, found
// anywhere: within a text they cost a reset too much, within a comment that
// MariaDB executes they would be missed otherwise.
bool HasSuspectWord(string_view text) {
  static const auto* const suspects =
      new WordSet{"get_lock", "release_lock", "release_all_locks",
                  "nextval",  "setval",       "last_insert_id"};
  string_view previous;
  size_t i = 0;
  while (i < text.size()) {
    if (!IsWordByte(text[i])) {
      ++i;
      continue;
    }
    const string_view word = LeadingWord(text.substr(i));
    i += word.size();
    if (word.size() <= 17 && suspects->contains(absl::AsciiStrToLower(word))) {
      return true;
    }
    if (absl::EqualsIgnoreCase(previous, "next") &&
        absl::EqualsIgnoreCase(word, "value")) {
      return true;
    }
    previous = word;
  }
  return false;
}

bool HasList(const Values& parameters) {
  for (const v1::Value& value : parameters) {
    if (value.has_list()) return true;
  }
  return false;
}

// Without the comments at its start. What MariaDB runs of a comment stays.
string_view SkipComments(string_view text) {
  while (true) {
    text = SkipBlanksAndParentheses(text);
    string_view end;
    if (absl::StartsWith(text, "/*!") || absl::StartsWith(text, "/*M!")) {
      text.remove_prefix(text.find('!') + 1);
      while (!text.empty() &&
             absl::ascii_isdigit(static_cast<unsigned char>(text[0]))) {
        text.remove_prefix(1);
      }
      continue;
    } else if (absl::StartsWith(text, "/*")) {
      end = "*/";
    } else if (absl::StartsWith(text, "#") || absl::StartsWith(text, "-- ")) {
      end = "\n";
    } else {
      return text;
    }
    const size_t found = text.find(end);
    if (found == string_view::npos) return string_view();
    text.remove_prefix(found + end.size());
  }
}

// COMMIT, and what commits the open transaction on its way. `END` is no
// statement of MariaDB, and DDL does more than commit.
bool Commits(string_view text) {
  const std::string first =
      absl::AsciiStrToLower(LeadingWord(SkipComments(text)));
  return first == "commit" || first == "xa" || BeginsTransaction(text) ||
         (first == "set" &&
          absl::StrContains(absl::AsciiStrToLower(text), "autocommit"));
}

}  // namespace

bool BeginsTransaction(string_view statement) {
  const string_view first = LeadingWord(SkipComments(statement));
  return absl::EqualsIgnoreCase(first, "begin") ||
         absl::EqualsIgnoreCase(first, "start");
}

bool MayDirtySession(string_view statement) {
  static const auto* const harmless = new WordSet{
      "select", "insert", "update",   "delete",    "replace",  "with",
      "values", "show",   "explain",  "desc",      "describe", "begin",
      "start",  "commit", "rollback", "savepoint", "release"};
  const string_view first = LeadingWord(SkipBlanksAndParentheses(statement));
  if (!harmless->contains(absl::AsciiStrToLower(first))) return true;
  return absl::StrContains(statement, ":=") ||
         absl::StrContains(statement, '@') || HasSuspectWord(statement);
}

Effect EffectOf(string_view statement) {
  static const auto* const reads = new WordSet{
      "select",   "with",  "values", "show",     "explain",   "desc",
      "describe", "begin", "start",  "rollback", "savepoint", "release"};
  static const auto* const writes =
      new WordSet{"insert", "update", "delete", "replace"};
  const std::string first =
      absl::AsciiStrToLower(LeadingWord(SkipBlanksAndParentheses(statement)));
  if (reads->contains(first)) return Effect::kRead;
  if (writes->contains(first)) return Effect::kWrite;
  return first == "call" ? Effect::kSeveral : Effect::kCommit;
}

absl::StatusOr<Plan> PlanExecute(const v1::Statement& statement) {
  if (statement.text_case() == v1::Statement::kPrepared) {
    return Refuse("prepared", "only a session has prepared statements");
  }
  if (statement.cursor()) {
    return Refuse("cursor", "only a session has cursors");
  }
  const bool bytes = statement.text_case() == v1::Statement::kSqlBytes;
  const std::string& text = bytes ? statement.sql_bytes() : statement.sql();
  const string_view field = bytes ? "sql_bytes" : "sql";
  if (absl::StripAsciiWhitespace(text).empty()) {
    return Refuse(field, "required");
  }
  Plan plan;
  plan.verb = Verb::kExecute;
  plan.effect = EffectOf(text);
  plan.may_dirty_session = MayDirtySession(text);
  plan.commits = Commits(text);
  const Values& parameters = statement.parameters();
  if (HasList(parameters)) {
    ASSIGN_OR_RETURN(const catalog::Tokens tokens,
                     catalog::Tokenize(text, field));
    RETURN_IF_ERROR(AppendWithParameters(text, tokens, parameters, "parameters",
                                         {}, plan.sql, plan.parameters));
    return plan;
  }
  RETURN_IF_ERROR(CheckParameters(parameters, "parameters"));
  if (static_cast<size_t>(parameters.size()) > limits::kPlaceholders) {
    return OverLimit("parameters", "placeholders", limits::kPlaceholders,
                     static_cast<uint64_t>(parameters.size()));
  }
  plan.sql = text;
  plan.parameters.reserve(static_cast<size_t>(parameters.size()));
  for (const v1::Value& value : parameters) plan.parameters.push_back(&value);
  return plan;
}

}  // namespace berth::plan
