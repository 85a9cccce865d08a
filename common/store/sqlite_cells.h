// Cells to SQLite's parameters and from its results.
#ifndef BERDAYA_COMMON_STORE_SQLITE_CELLS_H_
#define BERDAYA_COMMON_STORE_SQLITE_CELLS_H_

#include <sqlite3.h>

#include <string_view>

#include "common/store/table.h"

namespace berdaya::store {

// Binds cells to a statement's parameters in order, without copying text: what is bound must live until the statement's step.
class BindingSink final : public CellSink {
 public:
  explicit BindingSink(sqlite3_stmt* statement) : statement_(statement) {}

  void Int(int64_t value) override { Keep(sqlite3_bind_int64(statement_, ++parameter_, value)); }
  void Text(std::string_view value) override {
    const char* data = value.data() == nullptr ? "" : value.data();  // a null pointer would bind NULL
    Keep(sqlite3_bind_text64(statement_, ++parameter_, data, value.size(), SQLITE_STATIC, SQLITE_UTF8));
  }

  // The first error, or SQLITE_OK.
  int result() const { return result_; }

 private:
  void Keep(int result) {
    if (result != SQLITE_OK && result_ == SQLITE_OK) result_ = result;
  }

  sqlite3_stmt* const statement_;
  int parameter_ = 0;
  int result_ = SQLITE_OK;
};

// The current row of a statement. Text is read as a blob: the same bytes, without the terminator that SQLite would copy them for.
class ResultSource final : public CellSource {
 public:
  explicit ResultSource(sqlite3_stmt* statement) : statement_(statement) {}

  int64_t Int(int column) override { return sqlite3_column_int64(statement_, column); }
  std::string_view Text(int column) override {
    const char* data = static_cast<const char*>(sqlite3_column_blob(statement_, column));
    return {data, static_cast<size_t>(sqlite3_column_bytes(statement_, column))};
  }

 private:
  sqlite3_stmt* const statement_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SQLITE_CELLS_H_
