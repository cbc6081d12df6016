#include "server/catalog/table_element.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "server/base/error.h"
#include "server/base/error_reason.h"
#include "server/base/limits.h"
#include "server/base/status_macros.h"
#include "server/catalog/sql_quote.h"
#include "server/catalog/tokenizer.h"

namespace berth::catalog {
namespace {

using absl::string_view;

absl::Status Refuse(string_view field, string_view message) {
  return errors::Error(absl::StatusCode::kInvalidArgument,
                       errors::kInvalidField)
      .Message(absl::StrCat(field, ": ", message))
      .Field(field, message);
}

string_view FirstWord(string_view text) {
  size_t end = 0;
  while (end < text.size() &&
         (absl::ascii_isalnum(static_cast<unsigned char>(text[end])) ||
          text[end] == '_')) {
    ++end;
  }
  return text.substr(0, end);
}

// Whether `name definition` is a key or constraint and not a column.
bool IsKey(string_view name, string_view definition) {
  const std::string first = absl::AsciiStrToLower(FirstWord(name));
  const string_view rest =
      absl::StripLeadingAsciiWhitespace(name.substr(first.size()));
  const bool bare = first.size() == name.size();
  // No type starts with a parenthesis.
  const bool list_follows = absl::StartsWith(definition, "(") ||
                            absl::StartsWithIgnoreCase(definition, "using ");
  if (first == "foreign" || first == "primary") {
    return absl::EqualsIgnoreCase(FirstWord(rest), "key");
  }
  if (first == "constraint") return !bare;
  if (first == "check" || first == "unique" || first == "index" ||
      first == "key" || first == "fulltext" || first == "spatial") {
    return list_follows || (!bare && absl::StrContains(name, '('));
  }
  return false;
}

// Reads a sequence of tokens from left to right.
class Reader {
 public:
  explicit Reader(const Tokens& tokens) : tokens_(tokens) {}

  bool AtEnd() const { return next_ >= tokens_.size(); }
  size_t position() const { return next_; }
  void Seek(size_t position) { next_ = position; }
  const Token& Peek() const { return tokens_[next_]; }

  // Takes the next token if it is this word.
  bool Take(string_view word) {
    if (AtEnd() || !Peek().Is(word)) return false;
    ++next_;
    return true;
  }

  bool AtName() const {
    return !AtEnd() &&
           (Peek().kind == TokenKind::kWord ||
            Peek().kind == TokenKind::kQuotedName ||
            (Peek().kind == TokenKind::kString && Peek().text.front() == '"'));
  }
  std::string TakeName() { return NameOf(tokens_[next_++]); }

  // Takes `(a, b(10) desc)` and returns the names; none if there is no list.
  std::vector<std::string> TakeColumns();
  // Takes what follows REFERENCES.
  void TakeReference(ForeignKey& key);

 private:
  std::string TakeAction();

  const Tokens& tokens_;
  size_t next_ = 0;
};

std::vector<std::string> Reader::TakeColumns() {
  std::vector<std::string> columns;
  if (AtEnd() || Peek().kind != TokenKind::kOpen) return columns;
  const int depth = Peek().depth;
  bool at_start = true;
  for (++next_; !AtEnd(); ++next_) {
    const Token& token = Peek();
    if (token.kind == TokenKind::kClose && token.depth == depth) {
      ++next_;
      break;
    }
    if (token.depth != depth + 1) continue;
    if (token.kind == TokenKind::kComma) {
      at_start = true;
    } else if (at_start) {
      columns.push_back(NameOf(token));
      at_start = false;
    }
  }
  return columns;
}

std::string Reader::TakeAction() {
  if (Take("cascade")) return "CASCADE";
  if (Take("set")) {
    if (Take("null")) return "SET NULL";
    Take("default");
    return "SET DEFAULT";
  }
  if (Take("no")) Take("action");
  Take("restrict");
  return std::string();
}

void Reader::TakeReference(ForeignKey& key) {
  if (AtName()) key.table = TakeName();
  if (!AtEnd() && Peek().IsOperator(".")) {
    ++next_;
    if (AtName()) key.table = absl::StrCat(key.table, ".", TakeName());
  }
  key.referenced_columns = TakeColumns();
  while (!AtEnd()) {
    if (Take("match")) {
      if (!AtEnd()) ++next_;
      continue;
    }
    const size_t before = next_;
    if (!Take("on")) break;
    if (Take("delete")) {
      key.on_delete = TakeAction();
    } else if (Take("update")) {
      // `on update current_timestamp` belongs to the column.
      if (AtEnd() || Peek().Is("current_timestamp") || Peek().Is("now")) {
        next_ = before;
        break;
      }
      key.on_update = TakeAction();
    } else {
      next_ = before;
      break;
    }
  }
}

// Whether the DEFAULT before `reader` is computed for every row. A constant
// and the statement's own time are not.
bool IsComputedDefault(Reader reader) {
  if (reader.AtEnd()) return false;
  if (reader.Peek().kind == TokenKind::kOpen) return true;
  if (reader.Take("now") || reader.Take("current_timestamp") ||
      reader.Take("localtime") || reader.Take("localtimestamp")) {
    return false;
  }
  if (!reader.AtName()) return false;
  reader.TakeName();
  return !reader.AtEnd() && reader.Peek().kind == TokenKind::kOpen;
}

// Reads the attributes of a column whose definition is `definition`.
absl::Status ReadColumn(string_view definition, string_view field,
                        Element& element) {
  const std::string quoted = QuoteIdentifier(element.name);
  element.sql = absl::StrCat(quoted, " ", definition);
  element.sql_without_references = element.sql;
  ASSIGN_OR_RETURN(const Tokens tokens, Tokenize(definition, field));
  Reader reader(tokens);
  while (!reader.AtEnd()) {
    const Token token = reader.Peek();
    const size_t position = reader.position();
    reader.Seek(position + 1);
    if (token.kind != TokenKind::kWord || token.depth != 0) continue;
    if (token.Is("auto_increment")) {
      element.auto_increment = true;
    } else if (token.Is("serial")) {
      element.auto_increment = element.unique = true;
    } else if (token.Is("unique")) {
      element.unique = true;
      reader.Take("key");
    } else if (token.Is("primary") || token.Is("key")) {
      element.primary_key = true;
      reader.Take("key");
    } else if (token.Is("stored") || token.Is("persistent")) {
      element.stored_generated = true;
    } else if (token.Is("default")) {
      element.computed_default = IsComputedDefault(reader);
    } else if (token.Is("references")) {
      ForeignKey key;
      key.columns = {element.name};
      reader.TakeReference(key);
      const string_view rest = reader.AtEnd()
                                   ? string_view()
                                   : definition.substr(reader.Peek().offset);
      element.sql_without_references =
          absl::StrCat(quoted, " ", definition.substr(0, token.offset), rest);
      element.foreign_key = std::move(key);
    }
  }
  return absl::OkStatus();
}

// Reads a key or constraint; its whole text is in `element.sql`.
absl::Status ReadKey(string_view field, Element& element) {
  ASSIGN_OR_RETURN(const Tokens tokens, Tokenize(element.sql, field));
  Reader reader(tokens);
  std::string constraint;
  if (reader.Take("constraint") && reader.AtName() &&
      !reader.Peek().Is("foreign") && !reader.Peek().Is("primary") &&
      !reader.Peek().Is("unique") && !reader.Peek().Is("check")) {
    constraint = reader.TakeName();
  }
  const auto take_index = [&](ElementKind kind) {
    element.kind = kind;
    if (!reader.Take("key")) reader.Take("index");
    if (reader.Take("if") && reader.Take("not")) reader.Take("exists");
    element.name = constraint;
    if (reader.AtName() && !reader.Peek().Is("using")) {
      element.name = reader.TakeName();
    }
    if (reader.Take("using") && reader.AtName()) reader.TakeName();
    element.columns = reader.TakeColumns();
  };
  if (reader.Take("foreign")) {
    take_index(ElementKind::kForeignKey);
    element.name = constraint;
    ForeignKey key;
    key.name = constraint;
    key.columns = element.columns;
    if (!reader.Take("references")) {
      return Refuse(field, "a foreign key needs `references table (column)`");
    }
    reader.TakeReference(key);
    element.foreign_key = std::move(key);
  } else if (reader.Take("primary")) {
    take_index(ElementKind::kPrimaryKey);
    element.name = "PRIMARY";
  } else if (reader.Take("unique")) {
    take_index(ElementKind::kUnique);
  } else if (reader.Take("fulltext")) {
    take_index(ElementKind::kFulltext);
  } else if (reader.Take("spatial")) {
    take_index(ElementKind::kSpatial);
  } else if (reader.Take("check")) {
    element.kind = ElementKind::kCheck;
    element.name = constraint;
    return absl::OkStatus();
  } else if (!reader.AtEnd() &&
             (reader.Peek().Is("index") || reader.Peek().Is("key"))) {
    take_index(ElementKind::kIndex);
  } else {
    return Refuse(field, "not a key or constraint");
  }
  if (element.columns.empty()) {
    return Refuse(field, "a key needs its columns in parentheses");
  }
  return absl::OkStatus();
}

// Refuses what could end the element and begin something else.
absl::Status CheckTokens(const Tokens& tokens, string_view field) {
  for (const Token& token : tokens) {
    if (token.kind == TokenKind::kComma && token.depth == 0) {
      return Refuse(field,
                    "one element at a time: a comma is not allowed here");
    }
    if (token.kind == TokenKind::kPlaceholder) {
      return Refuse(field, "a placeholder is not allowed");
    }
  }
  return absl::OkStatus();
}

absl::Status CheckColumnName(string_view name, string_view field) {
  if (name.empty()) return Refuse(field, "a column needs a name");
  if (name.size() > limits::kIdentifierCharacters * 4 || name.back() == ' ' ||
      absl::StrContains(name, '\0')) {
    return Refuse(field,
                  "a column's name has at most 64 characters, no NUL byte and "
                  "no blank at its end");
  }
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Element> ReadElement(const v1::TableElement& element,
                                    string_view field) {
  const std::string name_field = absl::StrCat(field, ".name");
  const std::string definition_field = absl::StrCat(field, ".definition");
  const string_view name = element.name();
  const string_view definition =
      absl::StripAsciiWhitespace(element.definition());
  ASSIGN_OR_RETURN(const Tokens tokens, Tokenize(definition, definition_field));
  RETURN_IF_ERROR(CheckTokens(tokens, definition_field));
  Element read;
  const string_view key_name = absl::StripAsciiWhitespace(name);
  const bool nameless = key_name.empty();
  const bool is_key =
      nameless ? IsKey(definition, "") : IsKey(key_name, definition);
  if (is_key) {
    // Each part by itself first: parentheses must match within both.
    ASSIGN_OR_RETURN(const Tokens name_tokens, Tokenize(name, name_field));
    RETURN_IF_ERROR(CheckTokens(name_tokens, name_field));
    read.sql = nameless ? std::string(definition)
                        : std::string(absl::StripAsciiWhitespace(
                              absl::StrCat(key_name, " ", definition)));
    RETURN_IF_ERROR(ReadKey(definition_field, read));
    return read;
  }
  if (tokens.empty()) return Refuse(definition_field, "required");
  string_view type = definition;
  if (nameless) {
    if (tokens.size() < 2) {
      return Refuse(definition_field,
                    "without a name this must be a key, a constraint, or a "
                    "column with its type");
    }
    read.name = NameOf(tokens[0]);
    type = definition.substr(tokens[1].offset);
  } else {
    read.name = std::string(name);
  }
  RETURN_IF_ERROR(CheckColumnName(read.name, name_field));
  RETURN_IF_ERROR(ReadColumn(type, definition_field, read));
  return read;
}

}  // namespace berth::catalog
