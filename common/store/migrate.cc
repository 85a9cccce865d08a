#include "common/store/migrate.h"

#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "common/store/check_schema.h"
#include "common/store/sql_text.h"

namespace berdaya::store {
namespace {

// The migrations applied to this database, by version; empty if it is new.
absl::StatusOr<std::map<int, std::string>> Applied(SchemaEngine& engine) {
  std::map<int, std::string> applied;
  absl::StatusOr<bool> exists = engine.HasTable(kHistoryTable);
  if (!exists.ok()) return exists.status();
  if (!*exists) return applied;
  auto rows = engine.Query(absl::StrCat("SELECT version, name FROM ", kHistoryTable), kHistoryTable);
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

absl::Status Record(SchemaEngine& engine, int version, absl::string_view name) {
  return engine.Execute(absl::StrCat("INSERT INTO ", kHistoryTable, " VALUES(", version, ",", Literal(name), ")"), kHistoryTable);
}

// Creates the tables that are missing and returns their names.
absl::StatusOr<std::set<std::string>> CreateTables(SchemaEngine& engine, const Schema& schema) {
  std::set<std::string> created;
  for (const TableSpec* table : schema.tables) {
    absl::StatusOr<bool> exists = engine.HasTable(table->name);
    if (!exists.ok()) return exists.status();
    if (*exists) continue;
    absl::Status status = engine.Execute(engine.CreateTableSql(*table), table->name);
    if (!status.ok()) return status;
    created.insert(table->name);
  }
  return created;
}

absl::Status Apply(SchemaEngine& engine, const Migration& migration) {
  const std::string what = absl::StrCat("migration ", migration.version, " (", migration.name, ")");
  for (const std::string& statement : migration.statements) {
    absl::Status status = engine.Execute(
        absl::StrReplaceAll(statement, {{"{int}", engine.TypeName(CellType::kInt)}, {"{text}", engine.TypeName(CellType::kText)}}),
        what);
    if (!status.ok()) return status;
  }
  return Record(engine, migration.version, migration.name);
}

// Compares a table with its description, so that a forgotten migration shows at the start and not in the first write.
absl::Status CheckTable(SchemaEngine& engine, const TableSpec& table) {
  auto rows = engine.ColumnsOf(table);
  if (!rows.ok()) return rows.status();
  std::map<std::string, std::string> found;  // name -> type and position in the key
  for (const auto& row : *rows) found[row[0]] = absl::StrCat(row[1], " ", row[2]);
  std::map<std::string, std::string> wanted;
  for (size_t i = 0; i < table.columns.size(); ++i) {
    const int in_key = static_cast<int>(i) < table.key_columns ? static_cast<int>(i) + 1 : 0;
    wanted[table.columns[i].name] = absl::StrCat(engine.TypeName(table.columns[i].type), " ", in_key);
  }
  if (table.kind == TableKind::kState) wanted[kVersionColumn] = absl::StrCat(engine.TypeName(CellType::kInt), " 0");
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

absl::Status MigrateSchema(SchemaEngine& engine, const Schema& schema) {
  absl::Status status = CheckSchema(schema);
  if (!status.ok()) return status;
  absl::StatusOr<std::map<int, std::string>> applied = Applied(engine);
  if (!applied.ok()) return applied.status();
  status = CheckHistory(*applied, schema);
  if (!status.ok()) return status;

  absl::StatusOr<std::set<std::string>> created = CreateTables(engine, schema);
  if (!created.ok()) return created.status();
  const bool fresh = applied->empty();
  if (fresh) {
    status = engine.Execute(engine.CreateHistorySql(), kHistoryTable);
    if (status.ok()) status = Record(engine, 1, "tables as first described");
    if (!status.ok()) return status;
  }
  for (const Migration& migration : schema.migrations) {
    if (applied->count(migration.version) != 0) continue;
    const bool as_described = fresh || created->count(migration.alters) != 0;
    status = as_described ? Record(engine, migration.version, migration.name) : Apply(engine, migration);
    if (!status.ok()) return status;
  }
  for (const TableSpec* table : schema.tables) {
    status = CheckTable(engine, *table);
    if (!status.ok()) return status;
    for (const IndexSpec& index : table->indexes) {
      status = engine.EnsureIndex(*table, index);
      if (!status.ok()) return status;
    }
  }
  return absl::OkStatus();
}

}  // namespace berdaya::store
