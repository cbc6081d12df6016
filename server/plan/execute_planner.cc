#include "server/plan/execute_planner.h"

#include <string>

#include "absl/container/flat_hash_set.h"
#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/tokenizer.h"
#include "server/plan/calls.h"
#include "server/plan/parameters.h"
#include "server/plan/refuse.h"
#include "server/plan/value_check.h"

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

// The first word in lower case.
std::string FirstWord(string_view text) {
  return absl::AsciiStrToLower(LeadingWord(SkipBlanksAndParentheses(text)));
}

// `BEGIN NOT ATOMIC … END`: statements of every kind.
bool IsCompound(string_view text) {
  text = SkipBlanksAndParentheses(text);
  const string_view first = LeadingWord(text);
  if (!absl::EqualsIgnoreCase(first, "begin")) return false;
  text = LeadingWord(SkipBlanksAndParentheses(text.substr(first.size())));
  return !text.empty() && !absl::EqualsIgnoreCase(text, "work");
}

// Whether the statement defines something. What it leaves in the session,
// such as a temporary table or the loss of the default database, MariaDB
// tells. It runs what it selects, and perhaps what an event's schedule calls.
bool OnlyDefines(string_view first, string_view statement) {
  static const auto* const definitions =
      new WordSet{"create", "alter", "drop", "truncate", "rename"};
  if (!definitions->contains(first)) return false;
  const std::string text = absl::AsciiStrToLower(statement);
  return !absl::StrContains(text, "event") &&
         !absl::StrContains(text, "select") &&
         !absl::StrContains(text, "values");
}

bool MayDirty(string_view statement, const std::string& first,
              const Calls& calls) {
  static const auto* const harmless = new WordSet{
      "select", "insert", "update",   "delete",    "replace",  "with",
      "values", "show",   "explain",  "desc",      "describe", "begin",
      "start",  "commit", "rollback", "savepoint", "release",  "create",
      "alter",  "drop",   "truncate", "rename"};
  if (!harmless->contains(first) || IsCompound(statement)) return true;
  if (OnlyDefines(first, statement)) return false;
  if (absl::StrContains(statement, ":=") || absl::StrContains(statement, '@')) {
    return true;
  }
  return calls.stateful || calls.routine;
}

Effect EffectOf(string_view statement, const std::string& first,
                const Calls& calls) {
  static const auto* const reads = new WordSet{
      "select",   "with",  "values", "show",     "explain",   "desc",
      "describe", "begin", "start",  "rollback", "savepoint", "release"};
  static const auto* const writes =
      new WordSet{"insert", "update", "delete", "replace"};
  if (first == "call" || IsCompound(statement)) return Effect::kSeveral;
  if (reads->contains(first)) {
    return calls.routine ? Effect::kWrite : Effect::kRead;
  }
  return writes->contains(first) ? Effect::kWrite : Effect::kCommit;
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

// Plans a text without its parameters.
absl::StatusOr<Plan> PlanText(string_view text, string_view field) {
  if (absl::StripAsciiWhitespace(text).empty()) {
    return Refuse(field, "required");
  }
  Plan plan;
  plan.verb = Verb::kExecute;
  const std::string first = FirstWord(text);
  const Calls calls = FindCalls(text);
  plan.effect = EffectOf(text, first, calls);
  plan.may_dirty_session = MayDirty(text, first, calls);
  plan.commits = plan.effect != Effect::kSeveral && Commits(text);
  return plan;
}

}  // namespace

bool BeginsTransaction(string_view statement) {
  const string_view first = LeadingWord(SkipComments(statement));
  return absl::EqualsIgnoreCase(first, "begin") ||
         absl::EqualsIgnoreCase(first, "start");
}

bool MayDirtySession(string_view statement) {
  return MayDirty(statement, FirstWord(statement), FindCalls(statement));
}

Effect EffectOf(string_view statement) {
  return EffectOf(statement, FirstWord(statement), FindCalls(statement));
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
  ASSIGN_OR_RETURN(Plan plan, PlanText(text, field));
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

absl::StatusOr<Plan> PlanPrepare(const v1::Prepare& prepare) {
  const bool bytes = prepare.text_case() == v1::Prepare::kSqlBytes;
  const std::string& text = bytes ? prepare.sql_bytes() : prepare.sql();
  ASSIGN_OR_RETURN(Plan plan, PlanText(text, bytes ? "sql_bytes" : "sql"));
  plan.sql = text;
  return plan;
}

absl::Status BindPrepared(const v1::Statement& statement, Plan& plan) {
  const Values& parameters = statement.parameters();
  plan.parameters.clear();
  plan.parameters.reserve(static_cast<size_t>(parameters.size()));
  for (int i = 0; i < parameters.size(); ++i) {
    RETURN_IF_ERROR(CheckValue(parameters[i], Besides::kLongData, [&] {
      return absl::StrCat("parameters[", i, "]");
    }));
    plan.parameters.push_back(&parameters[i]);
  }
  return absl::OkStatus();
}

bool MayHaveCursor(string_view statement) {
  const std::string first = FirstWord(statement);
  return first == "select" || first == "with" || first == "values";
}

}  // namespace berth::plan
