#include "server/mariadb/statement.h"

#include "server/mariadb/column_metadata.h"

namespace berth::mariadb {

Statement::Statement(MYSQL_STMT* handle, bool keep)
    : handle_(handle), keep_(keep) {
  mysql_stmt_attr_set(handle, STMT_ATTR_CB_USER_DATA, &decoder_);
  mysql_stmt_attr_set(handle, STMT_ATTR_CB_RESULT,
                      reinterpret_cast<const void*>(&RowDecoder::OnCell));
}

bool Statement::SameColumns() const {
  const unsigned int count = handle_->field_count;
  if (count != shapes_.size()) return false;
  for (unsigned int i = 0; i < count; ++i) {
    const MYSQL_FIELD& field = handle_->fields[i];
    const Shape& shape = shapes_[i];
    if (shape.type != field.type || shape.flags != field.flags ||
        shape.decimals != field.decimals || shape.length != field.length ||
        shape.charset != field.charsetnr ||
        metadata_.columns[i].name() !=
            absl::string_view(field.name, field.name_length)) {
      return false;
    }
  }
  return true;
}

const ResultMetadata& Statement::Columns() {
  if (SameColumns()) return metadata_;
  const unsigned int count = handle_->field_count;
  metadata_ = DescribeColumns(handle_->fields, count);
  shapes_.clear();
  for (unsigned int i = 0; i < count; ++i) {
    const MYSQL_FIELD& field = handle_->fields[i];
    Shape shape;
    shape.type = field.type;
    shape.flags = field.flags;
    shape.decimals = field.decimals;
    shape.charset = field.charsetnr;
    shape.length = field.length;
    shapes_.push_back(shape);
  }
  decoder_.SetColumns(handle_->fields, metadata_);
  return metadata_;
}

}  // namespace berth::mariadb
