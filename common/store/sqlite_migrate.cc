#include "common/store/sqlite_migrate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "common/store/migrate.h"
#include "common/store/sql_text.h"
#include "common/store/sqlite_sql.h"

namespace berdaya::store {
namespace {

class SqliteSchema final : public SchemaEngine {
 public:
  explicit SqliteSchema(Connection& connection) : connection_(connection) {}

  absl::Status Execute(const std::string& sql, absl::string_view what) override { return connection_.Execute(sql, what); }
  absl::StatusOr<Rows> Query(const std::string& sql, absl::string_view what) override { return connection_.Query(sql, what); }

  std::string TypeName(CellType type) const override { return type == CellType::kInt ? "INTEGER" : "TEXT"; }
  std::string CreateHistorySql() const override {
    return absl::StrCat("CREATE TABLE ", kHistoryTable, "(version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT");
  }
  std::string CreateTableSql(const TableSpec& table) const override { return store::CreateTableSql(table); }

  absl::StatusOr<bool> HasTable(const std::string& name) override {
    auto rows = Query(absl::StrCat("SELECT 1 FROM sqlite_schema WHERE type='table' AND name=", Literal(name)), name);
    if (!rows.ok()) return rows.status();
    return !rows->empty();
  }
  absl::StatusOr<Rows> ColumnsOf(const TableSpec& table) override {
    return Query(absl::StrCat("SELECT name, type, pk FROM pragma_table_info(", Literal(table.name), ")"), table.name);
  }
  absl::Status EnsureIndex(const TableSpec& table, const IndexSpec& index) override {
    const std::string sql = CreateIndexSql(table, index);
    auto rows = Query(absl::StrCat("SELECT sql FROM sqlite_schema WHERE type='index' AND name=", Literal(index.name)), index.name);
    if (!rows.ok()) return rows.status();
    if (!rows->empty()) {
      if ((*rows)[0][0] == sql) return absl::OkStatus();
      absl::Status status = Execute(absl::StrCat("DROP INDEX ", Quoted(index.name)), index.name);
      if (!status.ok()) return status;
    }
    return Execute(sql, index.name);
  }

 private:
  Connection& connection_;
};

}  // namespace

absl::Status MigrateSqlite(Connection& connection, const Schema& schema) {
  SqliteSchema engine(connection);
  return MigrateSchema(engine, schema);
}

}  // namespace berdaya::store
