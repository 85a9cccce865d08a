#include "common/store/postgres_migrate.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "common/store/migrate.h"
#include "common/store/postgres_sql.h"
#include "common/store/sql_text.h"

namespace berdaya::store {
namespace {

// How long a process waits for the one that migrates before it.
constexpr int kTurnMs = 10 * 60 * 1000;

class PostgresSchema final : public SchemaEngine {
 public:
  explicit PostgresSchema(PostgresConnection& connection) : connection_(connection) {}

  absl::Status Execute(const std::string& sql, absl::string_view what) override { return connection_.Execute(sql, what); }
  absl::StatusOr<Rows> Query(const std::string& sql, absl::string_view what) override { return connection_.Query(sql, what); }

  std::string TypeName(CellType type) const override { return PostgresSql::TypeName(type); }
  std::string CreateHistorySql() const override {
    return absl::StrCat("CREATE TABLE ", kHistoryTable, "(version integer PRIMARY KEY, name text NOT NULL)");
  }
  std::string CreateTableSql(const TableSpec& table) const override { return PostgresSql::CreateTable(table); }

  absl::StatusOr<bool> HasTable(const std::string& name) override {
    auto rows = Query(absl::StrCat("SELECT 1 FROM pg_class WHERE relkind IN ('r','p') AND ", IsOurs(name)), name);
    if (!rows.ok()) return rows.status();
    return !rows->empty();
  }

  absl::StatusOr<Rows> ColumnsOf(const TableSpec& table) override {
    return Query(absl::StrCat("SELECT a.attname, format_type(a.atttypid, a.atttypmod), coalesce(k.position, 0)"
                              " FROM pg_class JOIN pg_attribute a ON a.attrelid=pg_class.oid AND a.attnum>0 AND NOT a.attisdropped"
                              " LEFT JOIN (SELECT i.indrelid, k.attnum, k.position FROM pg_index i,"
                              " unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position) WHERE i.indisprimary) k"
                              " ON k.indrelid=pg_class.oid AND k.attnum=a.attnum WHERE ",
                              IsOurs(table.name)),
                 table.name);
  }

  absl::Status EnsureIndex(const TableSpec& table, const IndexSpec& index) override {
    // Its table and columns, as PostgreSQL remembers them.
    auto rows =
        Query(absl::StrCat("SELECT t.relname || ':' || string_agg(a.attname, ',' ORDER BY k.position)"
                           " FROM pg_class JOIN pg_index i ON i.indexrelid=pg_class.oid JOIN pg_class t ON t.oid=i.indrelid,"
                           " unnest(i.indkey::int2[]) WITH ORDINALITY AS k(attnum, position)"
                           " JOIN pg_attribute a ON a.attnum=k.attnum WHERE a.attrelid=i.indrelid AND ",
                           IsOurs(index.name), " GROUP BY t.relname"),
              index.name);
    if (!rows.ok()) return rows.status();
    if (!rows->empty()) {
      const std::string wanted = absl::StrCat(table.name, ":", absl::StrJoin(index.columns, ",", [&](std::string* out, int column) {
                                                *out += table.columns[column].name;
                                              }));
      if ((*rows)[0][0] == wanted) return absl::OkStatus();
      absl::Status status = Execute(absl::StrCat("DROP INDEX ", Quoted(index.name)), index.name);
      if (!status.ok()) return status;
    }
    return Execute(PostgresSql::CreateIndex(table, index), index.name);
  }

 private:
  // A condition on pg_class. Other schemas may have tables of the same name.
  static std::string IsOurs(const std::string& name) {
    return absl::StrCat("pg_class.relnamespace=(SELECT oid FROM pg_namespace WHERE nspname=current_schema()) AND pg_class.relname=",
                        Literal(name));
  }

  PostgresConnection& connection_;
};

}  // namespace

absl::Status MigratePostgres(PostgresConnection& connection, const Schema& schema, int lock_timeout_ms) {
  // Held to the transaction's end. What a process reads after it has waited is what the one before has committed.
  absl::Status status = connection.Execute(
      absl::StrCat("SET LOCAL lock_timeout=", kTurnMs,
                   ";SELECT pg_advisory_xact_lock(hashtextextended('berdaya migrations of ' || current_schema(), 0));",
                   "SET LOCAL lock_timeout=", lock_timeout_ms),
      "migrations");
  if (!status.ok()) return status;
  PostgresSchema engine(connection);
  return MigrateSchema(engine, schema);
}

}  // namespace berdaya::store
