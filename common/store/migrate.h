// The schema's history, the same on every engine: what is refused, and in which order things are done.
#ifndef BERDAYA_COMMON_STORE_MIGRATE_H_
#define BERDAYA_COMMON_STORE_MIGRATE_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "common/store/store.h"

namespace berdaya::store {

// The versions applied to a database and their names.
inline constexpr char kHistoryTable[] = "store_migrations";

// What differs between engines. All of it works inside one open transaction; `what` names a statement in an error.
class SchemaEngine {
 public:
  using Rows = std::vector<std::vector<std::string>>;  // cells as text

  virtual ~SchemaEngine() = default;
  virtual absl::Status Execute(const std::string& sql, absl::string_view what) = 0;
  virtual absl::StatusOr<Rows> Query(const std::string& sql, absl::string_view what) = 0;

  // The word for a column's type, as ColumnsOf gives it too.
  virtual std::string TypeName(CellType type) const = 0;
  virtual std::string CreateHistorySql() const = 0;
  virtual std::string CreateTableSql(const TableSpec& table) const = 0;

  virtual absl::StatusOr<bool> HasTable(const std::string& name) = 0;
  // A row a column: its name, its type, its position in the key from 1, or 0.
  virtual absl::StatusOr<Rows> ColumnsOf(const TableSpec& table) = 0;
  // Creates an index, again if it was created in another way than it is described now.
  virtual absl::Status EnsureIndex(const TableSpec& table, const IndexSpec& index) = 0;
};

// Database::Migrate inside an open transaction of the engine.
absl::Status MigrateSchema(SchemaEngine& engine, const Schema& schema);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_MIGRATE_H_
