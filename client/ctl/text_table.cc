#include "client/ctl/text_table.h"

#include <locale.h>
#include <wchar.h>

#include <algorithm>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "berth/client/value.h"

namespace berth::ctl {
namespace {

// Makes the calling thread read text as UTF-8, whatever the user's locale is.
class Utf8Locale {
 public:
  Utf8Locale() : before_(uselocale(Utf8())) {}
  ~Utf8Locale() { uselocale(before_); }

  Utf8Locale(const Utf8Locale&) = delete;
  Utf8Locale& operator=(const Utf8Locale&) = delete;

 private:
  static locale_t Utf8() {
    static locale_t utf8 = newlocale(LC_CTYPE_MASK, "C.UTF-8", locale_t{});
    return utf8;
  }

  locale_t before_;
};

bool IsNumber(const v1::Value& value) {
  return value.has_int_value() || value.has_uint_value() ||
         value.has_double_value() || value.has_decimal();
}

void AppendPadded(std::string* line, absl::string_view text, int width,
                  bool right) {
  std::string padding(std::max(0, width - DisplayWidth(text)), ' ');
  if (right) {
    absl::StrAppend(line, padding, text);
  } else {
    absl::StrAppend(line, text, padding);
  }
}

std::string Trimmed(std::string line) {
  line.erase(line.find_last_not_of(' ') + 1);
  return line;
}

}  // namespace

int DisplayWidth(absl::string_view text) {
  Utf8Locale locale;
  mbstate_t state = {};
  int width = 0;
  while (!text.empty()) {
    wchar_t c;
    size_t size = mbrtowc(&c, text.data(), text.size(), &state);
    if (size == 0 || size > text.size()) {
      // NUL, or no UTF-8: a byte, a column.
      state = {};
      size = 1;
      c = L'?';
    }
    width += std::max(0, wcwidth(c));
    text.remove_prefix(size);
  }
  return width;
}

std::string CellText(const v1::Value& value) {
  if (value.has_blob()) {
    return absl::StrCat("0x", absl::BytesToHexString(value.blob()));
  }
  std::string shown;
  char before = 0;
  for (char c : client::ToString(value)) {
    bool c1 = before == '\xc2' && static_cast<unsigned char>(c) < 0xa0;
    before = c;
    if (c1) {
      // U+0080 to U+009F, whose first byte is there already.
      shown.pop_back();
      absl::StrAppendFormat(&shown, "\\u%04x", static_cast<unsigned char>(c));
    } else if (c == '\n') {
      shown += "\\n";
    } else if (c == '\t') {
      shown += "\\t";
    } else if (c == '\r') {
      shown += "\\r";
    } else if (static_cast<unsigned char>(c) < 0x20 || c == 0x7f) {
      absl::StrAppendFormat(&shown, "\\x%02x", c);
    } else {
      shown += c;
    }
  }
  return shown;
}

std::string TextRows(const v1::ResultChunk& result) {
  std::vector<std::string> names;
  std::vector<int> widths;
  std::vector<bool> right;
  for (const v1::Column& column : result.columns()) {
    v1::Value name;
    name.set_text(column.name());
    names.push_back(CellText(name));
    widths.push_back(DisplayWidth(names.back()));
    right.push_back(false);
  }
  std::vector<std::vector<std::string>> rows;
  for (const v1::Row& row : result.rows().rows()) {
    std::vector<std::string>& cells = rows.emplace_back(names.size());
    for (size_t i = 0; i < names.size() && i < cells.size() &&
                       static_cast<int>(i) < row.values_size();
         ++i) {
      const v1::Value& value = row.values(static_cast<int>(i));
      cells[i] = CellText(value);
      widths[i] = std::max(widths[i], DisplayWidth(cells[i]));
      if (IsNumber(value)) right[i] = true;
    }
  }
  std::string text;
  auto add_line = [&](const std::vector<std::string>& cells) {
    std::string line;
    for (size_t i = 0; i < cells.size(); ++i) {
      absl::StrAppend(&line, i == 0 ? " " : " | ");
      AppendPadded(&line, cells[i], widths[i], right[i]);
    }
    absl::StrAppend(&text, Trimmed(std::move(line)), "\n");
  };
  add_line(names);
  for (size_t i = 0; i < names.size(); ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "+", std::string(widths[i] + 2, '-'));
  }
  absl::StrAppend(&text, "\n");
  for (const auto& cells : rows) add_line(cells);
  return text;
}

std::string TableFooter(uint64_t rows, bool more_exist) {
  return absl::StrCat("(", rows, rows == 1 ? " row" : " rows",
                      more_exist ? "; more exist" : "", ")\n");
}

std::string TextTable(const v1::ResultChunk& result) {
  return TextRows(result) +
         TableFooter(static_cast<uint64_t>(result.rows().rows_size()),
                     result.end().truncated());
}

}  // namespace berth::ctl
