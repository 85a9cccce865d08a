#include "common/store/sqlite_migrate.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/store/check_schema.h"
#include "common/store/sqlite_sql.h"

namespace berdaya::store {
namespace {

constexpr char kHistory[] = "store_migrations";

std::string Literal(absl::string_view text) { return absl::StrCat("'", absl::StrReplaceAll(text, {{"'", "''"}}), "'"); }

absl::StatusOr<bool> Exists(Connection& connection, const char* type, const std::string& name) {
  auto rows =
      connection.Query(absl::StrCat("SELECT 1 FROM sqlite_schema WHERE type=", Literal(type), " AND name=", Literal(name)), name);
  if (!rows.ok()) return rows.status();
  return !rows->empty();
}

// The migrations applied to this database, by version; empty if it is new.
absl::StatusOr<std::map<int, std::string>> Applied(Connection& connection) {
  std::map<int, std::string> applied;
  absl::StatusOr<bool> exists = Exists(connection, "table", kHistory);
  if (!exists.ok()) return exists.status();
  if (!*exists) return applied;
  auto rows = connection.Query(absl::StrCat("SELECT version, name FROM ", kHistory), kHistory);
  if (!rows.ok()) return rows.status();
  for (const auto& row : *rows) {
    int version = 0;
    if (!absl::SimpleAtoi(row[0], &version)) return absl::DataLossError("store_migrations: version is not a number");
    applied[version] = row[1];
  }
  return applied;
}

// Refuses a database that went another way than the program's list.
absl::Status CheckHistory(const std::map<int, std::string>& applied, const Schema& schema) {
  std::map<int, std::string> known;
  for (const Migration& migration : schema.migrations) known[migration.version] = migration.name;
  for (const auto& [version, name] : applied) {
    if (version == 1) continue;
    const auto found = known.find(version);
    if (found == known.end()) {
      return absl::FailedPreconditionError(
          absl::StrCat("schema: migration ", version, " (", name, ") is unknown to this program; run the newer program"));
    }
    if (found->second != name) {
      return absl::FailedPreconditionError(absl::StrCat("schema: migration ", version, " was applied as ", name, " and is ",
                                                        found->second, " in this program; a migration never changes"));
    }
  }
  for (const auto& [version, name] : known) {
    if (!applied.empty() && applied.count(version) == 0 && version < applied.rbegin()->first) {
      return absl::FailedPreconditionError(absl::StrCat("schema: migration ", version, " (", name, ") is older than ",
                                                        applied.rbegin()->first, ", which is applied; give it a newer version"));
    }
  }
  return absl::OkStatus();
}

absl::Status Record(Connection& connection, int version, absl::string_view name) {
  return connection.Execute(absl::StrCat("INSERT INTO ", kHistory, " VALUES(", version, ",", Literal(name), ")"), kHistory);
}

// Creates the tables that are missing and returns their names.
absl::StatusOr<std::set<std::string>> CreateTables(Connection& connection, const Schema& schema) {
  std::set<std::string> created;
  for (const TableSpec* table : schema.tables) {
    absl::StatusOr<bool> exists = Exists(connection, "table", table->name);
    if (!exists.ok()) return exists.status();
    if (*exists) continue;
    absl::Status status = connection.Execute(CreateTableSql(*table), table->name);
    if (!status.ok()) return status;
    created.insert(table->name);
  }
  return created;
}

absl::Status Apply(Connection& connection, const Migration& migration) {
  const std::string what = absl::StrCat("migration ", migration.version, " (", migration.name, ")");
  for (const std::string& statement : migration.statements) {
    absl::Status status = connection.Execute(absl::StrReplaceAll(statement, {{"{int}", "INTEGER"}, {"{text}", "TEXT"}}), what);
    if (!status.ok()) return status;
  }
  return Record(connection, migration.version, migration.name);
}

// Creates an index, again if it is described in another way than it was created.
absl::Status EnsureIndex(Connection& connection, const TableSpec& table, const IndexSpec& index) {
  const std::string sql = CreateIndexSql(table, index);
  auto rows =
      connection.Query(absl::StrCat("SELECT sql FROM sqlite_schema WHERE type='index' AND name=", Literal(index.name)), index.name);
  if (!rows.ok()) return rows.status();
  if (!rows->empty()) {
    if ((*rows)[0][0] == sql) return absl::OkStatus();
    absl::Status status = connection.Execute(absl::StrCat("DROP INDEX \"", index.name, "\""), index.name);
    if (!status.ok()) return status;
  }
  return connection.Execute(sql, index.name);
}

// Compares a table with its description, so that a forgotten migration shows at the start and not in the first write.
absl::Status CheckTable(Connection& connection, const TableSpec& table) {
  auto rows = connection.Query(absl::StrCat("SELECT name, type, pk FROM pragma_table_info(", Literal(table.name), ")"), table.name);
  if (!rows.ok()) return rows.status();
  std::map<std::string, std::string> found;  // name -> type and position in the key
  for (const auto& row : *rows) found[row[0]] = absl::StrCat(row[1], " ", row[2]);
  std::map<std::string, std::string> wanted;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const int in_key = static_cast<int>(i) < table.key_columns ? static_cast<int>(i) + 1 : 0;
    wanted[table.columns[i].name] = absl::StrCat(table.columns[i].type == CellType::kInt ? "INTEGER " : "TEXT ", in_key);
  }
  if (table.kind == TableKind::kState) wanted[kVersionColumn] = "INTEGER 0";
  if (found == wanted) return absl::OkStatus();
  for (const auto& [name, type] : wanted) {
    if (found.count(name) != 0 && found[name] == type) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("schema: ", table.name, ".", name, " is missing or of another type; add a migration"));
  }
  for (const auto& [name, type] : found) {
    if (wanted.count(name) != 0) continue;
    return absl::FailedPreconditionError(
        absl::StrCat("schema: ", table.name, ".", name, " is not described; add a migration that drops it"));
  }
  return absl::OkStatus();
}

}  // namespace

absl::Status MigrateSqlite(Connection& connection, const Schema& schema) {
  absl::Status status = CheckSchema(schema);
  if (!status.ok()) return status;
  absl::StatusOr<std::map<int, std::string>> applied = Applied(connection);
  if (!applied.ok()) return applied.status();
  status = CheckHistory(*applied, schema);
  if (!status.ok()) return status;

  absl::StatusOr<std::set<std::string>> created = CreateTables(connection, schema);
  if (!created.ok()) return created.status();
  const bool fresh = applied->empty();
  if (fresh) {
    status = connection.Execute(absl::StrCat("CREATE TABLE ", kHistory, "(version INTEGER PRIMARY KEY, name TEXT NOT NULL) STRICT"),
                                kHistory);
    if (status.ok()) status = Record(connection, 1, "tables as first described");
    if (!status.ok()) return status;
  }
  for (const Migration& migration : schema.migrations) {
    if (applied->count(migration.version) != 0) continue;
    const bool as_described = fresh || created->count(migration.alters) != 0;
    status = as_described ? Record(connection, migration.version, migration.name) : Apply(connection, migration);
    if (!status.ok()) return status;
  }
  for (const TableSpec* table : schema.tables) {
    status = CheckTable(connection, *table);
    if (!status.ok()) return status;
    for (const IndexSpec& index : table->indexes) {
      status = EnsureIndex(connection, *table, index);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace berdaya::store
