// Cells to PostgreSQL's parameters and from its results, in its binary format: big-endian numbers, bytes as they are.
#ifndef BERDAYA_COMMON_STORE_POSTGRES_CELLS_H_
#define BERDAYA_COMMON_STORE_POSTGRES_CELLS_H_

#include <libpq-fe.h>

#include <bit>
#include <cstdint>
#include <cstring>
#include <string>
#include <string_view>
#include <vector>

#include "common/store/store.h"

namespace berdaya::store {

// Object identifiers of types, fixed in every PostgreSQL.
inline constexpr Oid kBytea = 17, kBigint = 20, kByteaArray = 1001, kBigintArray = 1016;

inline uint64_t BigEndian(uint64_t value) { return std::endian::native == std::endian::big ? value : __builtin_bswap64(value); }
inline uint32_t BigEndian(uint32_t value) { return std::endian::native == std::endian::big ? value : __builtin_bswap32(value); }

template <class Number>
void AppendNumber(Number value, std::string& out) {
  value = BigEndian(value);
  out.append(reinterpret_cast<const char*>(&value), sizeof(value));
}

// The parameters of one call, in binary format.
class Parameters {
 public:
  void Add(std::string bytes) { values_.push_back(std::move(bytes)); }
  void AddCell(const Cell& cell) {
    std::string bytes;
    if (const auto* number = std::get_if<int64_t>(&cell)) {
      AppendNumber(static_cast<uint64_t>(*number), bytes);
    } else {
      bytes = std::get<std::string>(cell);
    }
    Add(std::move(bytes));
  }
  const std::vector<std::string>& values() const { return values_; }

 private:
  std::vector<std::string> values_;
};

// Collects rows or keys into one array a column.
class ArraySink final : public CellSink {
 public:
  explicit ArraySink(const std::vector<CellType>& types, size_t rows) : columns_(types.size()) {
    for (size_t i = 0; i < types.size(); ++i) {
      std::string& array = columns_[i];
      if (types[i] == CellType::kInt) array.reserve(kHeaderBytes + rows * 12);
      AppendNumber(uint32_t{1}, array);  // dimensions
      AppendNumber(uint32_t{0}, array);  // no NULL inside
      AppendNumber(uint32_t{types[i] == CellType::kInt ? kBigint : kBytea}, array);
      AppendNumber(static_cast<uint32_t>(rows), array);
      AppendNumber(uint32_t{1}, array);  // the first position
    }
  }
  // Before the cells of each row.
  void BeginRow() { column_ = 0; }
  void Int(int64_t value) override {
    std::string& array = columns_[column_++];
    AppendNumber(uint32_t{8}, array);
    AppendNumber(static_cast<uint64_t>(value), array);
  }
  void Text(std::string_view value) override {
    std::string& array = columns_[column_++];
    AppendNumber(static_cast<uint32_t>(value.size()), array);
    array.append(value);
  }
  Parameters Take() {
    Parameters parameters;
    for (std::string& array : columns_) parameters.Add(std::move(array));
    return parameters;
  }

 private:
  static constexpr size_t kHeaderBytes = 20;
  std::vector<std::string> columns_;
  size_t column_ = 0;
};

// The rows of a result. A NULL, which only a migration can leave, reads as 0 or empty.
class PostgresRow final : public CellSource {
 public:
  explicit PostgresRow(const PGresult* result) : result_(result) {}
  void Go(int row) { row_ = row; }

  int64_t Int(int column) override {
    if (PQgetlength(result_, row_, column) != 8) return 0;
    uint64_t value;
    std::memcpy(&value, PQgetvalue(result_, row_, column), sizeof(value));
    return static_cast<int64_t>(BigEndian(value));
  }
  std::string_view Text(int column) override {
    return {PQgetvalue(result_, row_, column), static_cast<size_t>(PQgetlength(result_, row_, column))};
  }

 private:
  const PGresult* const result_;
  int row_ = 0;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POSTGRES_CELLS_H_
