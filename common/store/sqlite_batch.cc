#include "common/store/sqlite_batch.h"

#include <array>

namespace berdaya::store {

// A place in the batch, with the cells of the item there.
struct SqliteBatch::Cursor final : sqlite3_vtab_cursor, CellSink {
  struct CellValue {
    int64_t number;
    const char* text;  // nullptr: a number
    size_t size;
  };

  void Int(int64_t value) override {
    if (count < kMaxColumns) cells[count++] = {value, nullptr, 0};
  }
  void Text(std::string_view value) override {
    if (count < kMaxColumns) cells[count++] = {0, value.data() == nullptr ? "" : value.data(), value.size()};
  }
  void Load() {
    count = 0;
    if (at < batch->order_.size()) batch->cells_(batch->items_[batch->order_[at]], *this);
  }

  const SqliteBatch* batch = nullptr;
  size_t at = 0;
  int count = 0;
  std::array<CellValue, kMaxColumns> cells;
};

// The calls that SQLite makes.
struct BatchModule {
  struct Table : sqlite3_vtab {
    SqliteBatch* batch;
  };
  using Cursor = SqliteBatch::Cursor;

  static int Connect(sqlite3* db, void* batch, int, const char* const*, sqlite3_vtab** out, char**) {
    std::string sql = "CREATE TABLE x(position";
    for (int i = 0; i < SqliteBatch::kMaxColumns; ++i) sql += "," + SqliteBatch::Column(i);
    const int result = sqlite3_declare_vtab(db, (sql + ")").c_str());
    if (result != SQLITE_OK) return result;
    auto* table = new Table();
    table->batch = static_cast<SqliteBatch*>(batch);
    *out = table;
    return SQLITE_OK;
  }
  static int Disconnect(sqlite3_vtab* table) {
    delete static_cast<Table*>(table);
    return SQLITE_OK;
  }
  // One plan: all of it, as the outer loop. A lookup in it has no plan, so no statement can make it the inner one unseen.
  static int BestIndex(sqlite3_vtab*, sqlite3_index_info* info) {
    info->estimatedCost = 1e6;
    info->estimatedRows = 10000;
    return SQLITE_OK;
  }
  static int Open(sqlite3_vtab* table, sqlite3_vtab_cursor** out) {
    auto* cursor = new Cursor();
    cursor->batch = static_cast<Table*>(table)->batch;
    *out = cursor;
    return SQLITE_OK;
  }
  static int Close(sqlite3_vtab_cursor* cursor) {
    delete static_cast<Cursor*>(cursor);
    return SQLITE_OK;
  }
  static int Filter(sqlite3_vtab_cursor* base, int, const char*, int, sqlite3_value**) {
    auto* cursor = static_cast<Cursor*>(base);
    cursor->at = 0;
    cursor->Load();
    return SQLITE_OK;
  }
  static int Next(sqlite3_vtab_cursor* base) {
    auto* cursor = static_cast<Cursor*>(base);
    ++cursor->at;
    cursor->Load();
    return SQLITE_OK;
  }
  static int Eof(sqlite3_vtab_cursor* base) {
    auto* cursor = static_cast<Cursor*>(base);
    return cursor->at >= cursor->batch->order_.size() ? 1 : 0;
  }
  static int Column(sqlite3_vtab_cursor* base, sqlite3_context* context, int column) {
    auto* cursor = static_cast<Cursor*>(base);
    if (column == 0) {
      sqlite3_result_int64(context, cursor->batch->order_[cursor->at]);
      return SQLITE_OK;
    }
    if (column > cursor->count) return SQLITE_RANGE;
    const auto& cell = cursor->cells[column - 1];
    if (cell.text == nullptr) {
      sqlite3_result_int64(context, cell.number);
    } else {
      sqlite3_result_text64(context, cell.text, cell.size, SQLITE_STATIC, SQLITE_UTF8);
    }
    return SQLITE_OK;
  }
  static int Rowid(sqlite3_vtab_cursor* base, sqlite3_int64* rowid) {
    *rowid = static_cast<sqlite3_int64>(static_cast<Cursor*>(base)->at);
    return SQLITE_OK;
  }
};

int SqliteBatch::Register(sqlite3* db) {
  static const sqlite3_module kModule = [] {
    sqlite3_module module{};
    module.iVersion = 1;
    module.xConnect = &BatchModule::Connect;  // no xCreate: the table is there without being created
    module.xBestIndex = &BatchModule::BestIndex;
    module.xDisconnect = &BatchModule::Disconnect;
    module.xOpen = &BatchModule::Open;
    module.xClose = &BatchModule::Close;
    module.xFilter = &BatchModule::Filter;
    module.xNext = &BatchModule::Next;
    module.xEof = &BatchModule::Eof;
    module.xColumn = &BatchModule::Column;
    module.xRowid = &BatchModule::Rowid;
    return module;
  }();
  return sqlite3_create_module_v2(db, kTable, &kModule, this, nullptr);
}

}  // namespace berdaya::store
