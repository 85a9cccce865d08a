// Tables described once, as plain structs.
//
//   struct Family {
//     int64_t family_id = 0;
//     int64_t village = 0;
//     std::string local_family_ref;
//     static constexpr auto Describe() {
//       return store::Table<Family>("family", store::Key(store::Field("family_id", &Family::family_id)),
//                                   store::Fields(store::Field("village", &Family::village),
//                                                 store::Field("local_family_ref", &Family::local_family_ref)),
//                                   store::Indexes(store::Index("family_by_village", "village", "family_id")));
//     }
//   };
//
// From that one description come the table's DDL, its statements and the conversion of rows to cells and back. Fields are integers,
// bools, enums, strings (bytes) and own types that are one integer inside (dates, region codes). Nothing is ever NULL.
// Engine code sees only TableSpec; typed code sees only Row.
#ifndef BERDAYA_COMMON_STORE_TABLE_H_
#define BERDAYA_COMMON_STORE_TABLE_H_

#include <array>
#include <concepts>
#include <cstdint>
#include <string>
#include <string_view>
#include <tuple>
#include <type_traits>
#include <utility>
#include <vector>

namespace berdaya::store {

enum class CellType { kInt, kText };

// What a table is for decides how it is written.
enum class TableKind {
  kState,    // rows are put whole, each conditional on the row version that was read
  kCounter,  // every column outside the key is an integer that is added to, never overwritten
};

// The column that state tables have besides their own.
inline constexpr char kVersionColumn[] = "row_version";

struct ColumnSpec {
  std::string name;
  CellType type;
};

// An index that scans may follow; its columns end in the table's key, so that a page can go on after its last row.
struct IndexSpec {
  std::string name;
  std::vector<int> columns;  // positions in TableSpec::columns; -1 where the description names none of them
};

// Takes the cells of a row or of a key, in column order.
class CellSink {
 public:
  virtual void Int(int64_t value) = 0;
  virtual void Text(std::string_view value) = 0;  // copied, or used before the row goes away

 protected:
  ~CellSink() = default;
};

// Gives the cells of a row by column position. Text is valid until the next row.
class CellSource {
 public:
  virtual int64_t Int(int column) = 0;
  virtual std::string_view Text(int column) = 0;

 protected:
  ~CellSource() = default;
};

// A table as an engine sees it. One object a table, alive for the whole process; engines may key caches by its address.
struct TableSpec {
  static constexpr int kMaxColumns = 60;  // on every engine
  std::string name;
  std::vector<ColumnSpec> columns;  // the key's columns first
  int key_columns = 0;
  std::vector<IndexSpec> indexes;
  TableKind kind = TableKind::kState;
  void (*row_cells)(const void* row, CellSink& sink) = nullptr;      // all columns
  void (*row_key_cells)(const void* row, CellSink& sink) = nullptr;  // the key's columns of a row
  void (*key_cells)(const void* key, CellSink& sink) = nullptr;      // the key's columns of a key
};

// How a field type becomes a cell.
template <class T, class = void>
struct CellOf;

template <class T>
struct CellOf<T, std::enable_if_t<std::is_integral_v<T> || std::is_enum_v<T>>> {
  static constexpr CellType kType = CellType::kInt;
  static void Put(T value, CellSink& sink) { sink.Int(static_cast<int64_t>(value)); }
  static T Get(CellSource& source, int column) { return static_cast<T>(source.Int(column)); }
};

// Own types that are one integer inside (dates, region codes): T::FromCell(int64_t), ToCell().
template <class T>
concept IntegerCell = requires(const T& t) {
  { t.ToCell() } -> std::same_as<int64_t>;
  { T::FromCell(int64_t{}) } -> std::same_as<T>;
};

template <class T>
struct CellOf<T, std::enable_if_t<IntegerCell<T>>> {
  static constexpr CellType kType = CellType::kInt;
  static void Put(const T& value, CellSink& sink) { sink.Int(value.ToCell()); }
  static T Get(CellSource& source, int column) { return T::FromCell(source.Int(column)); }
};

template <>
struct CellOf<std::string> {
  static constexpr CellType kType = CellType::kText;
  static void Put(const std::string& value, CellSink& sink) { sink.Text(value); }
  static std::string Get(CellSource& source, int column) { return std::string(source.Text(column)); }
};

template <class Row, class T>
struct FieldOf {
  using Type = T;
  const char* name;
  T Row::*member;
};

template <class Row, class T>
constexpr FieldOf<Row, T> Field(const char* name, T Row::*member) {
  return {name, member};
}

template <class... F>
constexpr std::tuple<F...> Key(F... fields) {
  static_assert(sizeof...(F) > 0, "a table has a key");
  return {fields...};
}

template <class... F>
constexpr std::tuple<F...> Fields(F... fields) {
  return {fields...};
}

struct IndexOf {
  static constexpr int kMaxColumns = 4;
  const char* name;
  std::array<const char*, kMaxColumns> columns;  // nullptr past the last
};

template <class... C>
constexpr IndexOf Index(const char* name, C... columns) {
  static_assert(sizeof...(C) > 0 && sizeof...(C) <= IndexOf::kMaxColumns);
  return {name, {columns...}};
}

template <class... I>
constexpr std::array<IndexOf, sizeof...(I)> Indexes(I... indexes) {
  return {indexes...};
}

template <class RowT, class KeyFields, class ValueFields, size_t kIndexes>
struct TableOf {
  using Row = RowT;
  const char* name;
  KeyFields key;
  ValueFields values;
  std::array<IndexOf, kIndexes> indexes;
  TableKind kind;
};

template <class Row, class... K, class... V, size_t kIndexes = 0>
constexpr TableOf<Row, std::tuple<K...>, std::tuple<V...>, kIndexes> Table(const char* name, std::tuple<K...> key,
                                                                           std::tuple<V...> values,
                                                                           std::array<IndexOf, kIndexes> indexes = {}) {
  return {name, key, values, indexes, TableKind::kState};
}

template <class Row, class... K, class... V>
constexpr TableOf<Row, std::tuple<K...>, std::tuple<V...>, 0> CounterTable(const char* name, std::tuple<K...> key,
                                                                           std::tuple<V...> values) {
  return {name, key, values, {}, TableKind::kCounter};
}

namespace internal {

template <class Tuple>
struct KeyTypeOf;
template <class F>
struct KeyTypeOf<std::tuple<F>> {
  using Type = typename F::Type;
};
template <class F, class G, class... H>
struct KeyTypeOf<std::tuple<F, G, H...>> {
  using Type = std::tuple<typename F::Type, typename G::Type, typename H::Type...>;
};

}  // namespace internal

// The key of a row: the field's own type where the key is one column, else a tuple.
template <class Row>
using KeyOf = typename internal::KeyTypeOf<decltype(Row::Describe().key)>::Type;

template <class Row>
KeyOf<Row> KeyOfRow(const Row& row) {
  return std::apply(
      [&](auto... f) -> KeyOf<Row> {
        if constexpr (sizeof...(f) == 1) {
          return ((row.*(f.member)), ...);
        } else {
          return KeyOf<Row>(row.*(f.member)...);
        }
      },
      Row::Describe().key);
}

// A row of which only the key is set.
template <class Row>
Row RowWithKey(const KeyOf<Row>& key) {
  Row row{};
  std::apply(
      [&](auto... f) {
        if constexpr (sizeof...(f) == 1) {
          ((row.*(f.member) = key), ...);
        } else {
          std::apply([&](const auto&... k) { ((row.*(f.member) = k), ...); }, key);
        }
      },
      Row::Describe().key);
  return row;
}

template <class Row>
void ReadRow(CellSource& source, Row& row) {
  constexpr auto kTable = Row::Describe();
  int column = 0;
  auto read = [&](auto... f) { ((row.*(f.member) = CellOf<typename decltype(f)::Type>::Get(source, column++)), ...); };
  std::apply(read, kTable.key);
  std::apply(read, kTable.values);
}

namespace internal {

template <class T>
void PutCell(const T& value, CellSink& sink) {
  CellOf<T>::Put(value, sink);
}

template <class Row>
void RowKeyCells(const void* p, CellSink& sink) {
  const Row& row = *static_cast<const Row*>(p);
  std::apply([&](auto... f) { (PutCell(row.*(f.member), sink), ...); }, Row::Describe().key);
}

template <class Row>
void RowCells(const void* p, CellSink& sink) {
  RowKeyCells<Row>(p, sink);
  const Row& row = *static_cast<const Row*>(p);
  std::apply([&](auto... f) { (PutCell(row.*(f.member), sink), ...); }, Row::Describe().values);
}

template <class Row>
void KeyCells(const void* p, CellSink& sink) {
  const auto& key = *static_cast<const KeyOf<Row>*>(p);
  if constexpr (std::tuple_size_v<decltype(Row::Describe().key)> == 1) {
    PutCell(key, sink);
  } else {
    std::apply([&](const auto&... k) { (PutCell(k, sink), ...); }, key);
  }
}

template <class Row>
TableSpec MakeSpec() {
  constexpr auto kTable = Row::Describe();
  TableSpec spec;
  spec.name = kTable.name;
  spec.kind = kTable.kind;
  auto add = [&](auto... f) { (spec.columns.push_back({f.name, CellOf<typename decltype(f)::Type>::kType}), ...); };
  std::apply(add, kTable.key);
  spec.key_columns = static_cast<int>(spec.columns.size());
  std::apply(add, kTable.values);
  for (const IndexOf& index : kTable.indexes) {
    IndexSpec out{index.name, {}};
    for (const char* column : index.columns) {
      if (column == nullptr) break;
      int position = static_cast<int>(spec.columns.size()) - 1;
      while (position >= 0 && spec.columns[position].name != column) --position;
      out.columns.push_back(position);
    }
    spec.indexes.push_back(std::move(out));
  }
  spec.row_cells = &RowCells<Row>;
  spec.row_key_cells = &RowKeyCells<Row>;
  spec.key_cells = &KeyCells<Row>;
  return spec;
}

}  // namespace internal

// The one TableSpec of a row type.
template <class Row>
const TableSpec& SpecOf() {
  static const TableSpec* const kSpec = new TableSpec(internal::MakeSpec<Row>());
  return *kSpec;
}

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_TABLE_H_
