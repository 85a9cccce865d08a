// A fingerprint of a table's content, to compare databases: a rebuilt read model with the one it replaces, SQLite with PostgreSQL.
#ifndef BERDAYA_COMMON_STORE_DIGEST_H_
#define BERDAYA_COMMON_STORE_DIGEST_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "common/store/store.h"

namespace berdaya::store {

// The sum of the rows' 128-bit hashes, so the order of rows does not count and digests of parts add up. The same on every engine,
// machine and version of the program. Against mistakes, not against an attacker.
struct TableDigest {
  uint64_t high = 0;
  uint64_t low = 0;
  int64_t rows = 0;

  std::string ToString() const;  // 32 hexadecimal digits and the number of rows
  friend bool operator==(const TableDigest&, const TableDigest&) = default;
};

// Reads the whole table, page by page. Row versions do not count: how often a row was written depends on the batches it came in.
absl::StatusOr<TableDigest> Digest(Reader& reader, const TableSpec& table);

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_DIGEST_H_
