#include "server/mariadb/row_decoder.h"

#include <cstdint>
#include <cstring>

#include "server/base/utf8.h"

namespace berth::mariadb {
namespace {

template <typename T>
T Load(unsigned char** row) {
  T value;
  std::memcpy(&value, *row, sizeof(T));  // Little-endian, as this machine.
  *row += sizeof(T);
  return value;
}

absl::string_view LoadBytes(unsigned char** row) {
  const unsigned char first = *(*row)++;
  uint64_t length = first;
  const int more = first < 0xFB ? 0 : first == 0xFC ? 2 : first == 0xFD ? 3 : 8;
  if (more > 0) {
    length = 0;
    std::memcpy(&length, *row, more);
    *row += more;
  }
  absl::string_view bytes(reinterpret_cast<const char*>(*row), length);
  *row += length;
  return bytes;
}

// Writes `value` with exactly `digits` digits.
char* PutDigits(char* out, uint32_t value, int digits) {
  for (int i = digits - 1; i >= 0; --i) {
    out[i] = static_cast<char>('0' + value % 10);
    value /= 10;
  }
  return out + digits;
}

// Writes the fraction of a second with as many digits as the column has; all
// six where the column does not say.
char* PutFraction(char* out, uint32_t micros, unsigned int decimals) {
  if (decimals == 0 || (decimals > 6 && micros == 0)) return out;
  char digits[6];
  PutDigits(digits, micros, 6);
  const unsigned int count = decimals > 6 ? 6 : decimals;
  *out++ = '.';
  std::memcpy(out, digits, count);
  return out + count;
}

uint32_t LoadMicros(absl::string_view bytes, size_t at) {
  uint32_t micros = 0;
  if (bytes.size() >= at + 4) std::memcpy(&micros, bytes.data() + at, 4);
  return micros;
}

unsigned char Byte(absl::string_view bytes, size_t at) {
  return at < bytes.size() ? static_cast<unsigned char>(bytes[at]) : 0;
}

// Zero to eleven bytes: year(2) month day [hour minute second [micros(4)]].
absl::string_view FormatDate(absl::string_view bytes, bool with_time,
                             unsigned int decimals, char* buffer) {
  char* out = buffer;
  const uint32_t year = Byte(bytes, 0) + (Byte(bytes, 1) << 8);
  out = PutDigits(out, year, 4);
  *out++ = '-';
  out = PutDigits(out, Byte(bytes, 2), 2);
  *out++ = '-';
  out = PutDigits(out, Byte(bytes, 3), 2);
  if (with_time) {
    *out++ = ' ';
    out = PutDigits(out, Byte(bytes, 4), 2);
    *out++ = ':';
    out = PutDigits(out, Byte(bytes, 5), 2);
    *out++ = ':';
    out = PutDigits(out, Byte(bytes, 6), 2);
    out = PutFraction(out, LoadMicros(bytes, 7), decimals);
  }
  return absl::string_view(buffer, out - buffer);
}

// Zero, eight or twelve bytes: negative, days(4) hour minute second
// [micros(4)]. Hours are written as MariaDB does, days included.
absl::string_view FormatTime(absl::string_view bytes, unsigned int decimals,
                             char* buffer) {
  char* out = buffer;
  if (Byte(bytes, 0) != 0) *out++ = '-';
  uint32_t days = 0;
  if (bytes.size() >= 5) std::memcpy(&days, bytes.data() + 1, 4);
  const uint32_t hours = days * 24 + Byte(bytes, 5);
  out = PutDigits(out, hours, hours > 99 ? 3 : 2);
  *out++ = ':';
  out = PutDigits(out, Byte(bytes, 6), 2);
  *out++ = ':';
  out = PutDigits(out, Byte(bytes, 7), 2);
  out = PutFraction(out, LoadMicros(bytes, 8), decimals);
  return absl::string_view(buffer, out - buffer);
}

uint64_t LoadBit(absl::string_view bytes) {
  uint64_t value = 0;
  for (unsigned char byte : bytes) value = (value << 8) | byte;
  return value;
}

}  // namespace

void RowDecoder::SetColumns(const MYSQL_FIELD* fields,
                            const ResultMetadata& metadata) {
  cells_.assign(metadata.columns.size(), Cell());
  for (size_t i = 0; i < cells_.size(); ++i) {
    Cell& cell = cells_[i];
    cell.decimals = fields[i].decimals;
    const bool is_unsigned = (fields[i].flags & UNSIGNED_FLAG) != 0;
    switch (metadata.columns[i].type()) {
      case v1::COLUMN_TYPE_TINYINT:
        cell.layout = is_unsigned ? Layout::kUint8 : Layout::kInt8;
        break;
      case v1::COLUMN_TYPE_SMALLINT:
        cell.layout = is_unsigned ? Layout::kUint16 : Layout::kInt16;
        break;
      case v1::COLUMN_TYPE_YEAR:
        cell.layout = Layout::kUint16;
        break;
      case v1::COLUMN_TYPE_MEDIUMINT:
      case v1::COLUMN_TYPE_INT:
        cell.layout = is_unsigned ? Layout::kUint32 : Layout::kInt32;
        break;
      case v1::COLUMN_TYPE_BIGINT:
        cell.layout = is_unsigned ? Layout::kUint64 : Layout::kInt64;
        break;
      case v1::COLUMN_TYPE_FLOAT:
        cell.layout = Layout::kFloat;
        break;
      case v1::COLUMN_TYPE_DOUBLE:
        cell.layout = Layout::kDouble;
        break;
      case v1::COLUMN_TYPE_DECIMAL:
        cell.layout = Layout::kDecimal;
        break;
      case v1::COLUMN_TYPE_BIT:
        cell.layout = Layout::kBit;
        break;
      case v1::COLUMN_TYPE_DATE:
        cell.layout = Layout::kDate;
        break;
      case v1::COLUMN_TYPE_DATETIME:
      case v1::COLUMN_TYPE_TIMESTAMP:
        cell.layout = Layout::kDateTime;
        break;
      case v1::COLUMN_TYPE_TIME:
        cell.layout = Layout::kTime;
        break;
      case v1::COLUMN_TYPE_BINARY:
      case v1::COLUMN_TYPE_VARBINARY:
      case v1::COLUMN_TYPE_BLOB:
      case v1::COLUMN_TYPE_GEOMETRY:
        cell.layout = Layout::kBlob;
        break;
      case v1::COLUMN_TYPE_JSON:
        cell.layout = Layout::kJson;
        break;
      default:
        cell.layout = Layout::kText;
    }
  }
}

void RowDecoder::OnCell(void* data, unsigned int column, unsigned char** row) {
  auto* self = static_cast<RowDecoder*>(data);
  if (row == nullptr || *row == nullptr) {
    self->sink_->Null();
  } else {
    self->Decode(self->cells_[column], row);
  }
}

void RowDecoder::Decode(const Cell& cell, unsigned char** row) {
  char buffer[40];
  switch (cell.layout) {
    case Layout::kInt8:
      return sink_->Int(Load<int8_t>(row));
    case Layout::kInt16:
      return sink_->Int(Load<int16_t>(row));
    case Layout::kInt32:
      return sink_->Int(Load<int32_t>(row));
    case Layout::kInt64:
      return sink_->Int(Load<int64_t>(row));
    case Layout::kUint8:
      return sink_->Uint(Load<uint8_t>(row));
    case Layout::kUint16:
      return sink_->Uint(Load<uint16_t>(row));
    case Layout::kUint32:
      return sink_->Uint(Load<uint32_t>(row));
    case Layout::kUint64:
      return sink_->Uint(Load<uint64_t>(row));
    case Layout::kFloat:
      return sink_->Double(Load<float>(row));
    case Layout::kDouble:
      return sink_->Double(Load<double>(row));
    case Layout::kDate:
      return sink_->Text(
          TextKind::kDate,
          FormatDate(LoadBytes(row), /*with_time=*/false, 0, buffer));
    case Layout::kDateTime:
      return sink_->Text(TextKind::kDateTime,
                         FormatDate(LoadBytes(row), /*with_time=*/true,
                                    cell.decimals, buffer));
    case Layout::kTime:
      return sink_->Text(TextKind::kTime,
                         FormatTime(LoadBytes(row), cell.decimals, buffer));
    case Layout::kBit:
      return sink_->Uint(LoadBit(LoadBytes(row)));
    case Layout::kBlob:
      return sink_->Text(TextKind::kBlob, LoadBytes(row));
    case Layout::kDecimal:
      return sink_->Text(TextKind::kDecimal, LoadBytes(row));
    case Layout::kText:
    case Layout::kJson:
      break;
  }
  // protobuf refuses a string that is not UTF-8, so such text goes as bytes.
  const absl::string_view text = LoadBytes(row);
  if (!IsValidUtf8(text)) return sink_->Text(TextKind::kBlob, text);
  sink_->Text(cell.layout == Layout::kJson ? TextKind::kJson : TextKind::kText,
              text);
}

}  // namespace berth::mariadb
