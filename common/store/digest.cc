#include "common/store/digest.h"

#include <cstring>

#include "absl/strings/str_cat.h"

namespace berdaya::store {
namespace {

constexpr int64_t kPageRows = 10000;

__extension__ typedef unsigned __int128 Wide;

// The 64 x 64 bit product folded: every bit of both goes into every bit of the result.
uint64_t Fold(uint64_t a, uint64_t b) {
  const Wide product = static_cast<Wide>(a) * b;
  return static_cast<uint64_t>(product) ^ static_cast<uint64_t>(product >> 64);
}

// Two independent lanes over the words of a row.
class RowHash {
 public:
  void Add(uint64_t word) {
    high_ = Fold(high_ ^ word, 0x9e3779b97f4a7c15) + 0xd1b54a32d192ed03;
    low_ = Fold(low_ ^ word, 0xc2b2ae3d27d4eb4f) + 0x8bb84b93962eacc9;
  }
  // Bytes as little-endian words, the length first, so that no two texts give the same words.
  void Add(std::string_view text) {
    Add(text.size());
    for (size_t at = 0; at < text.size(); at += 8) {
      uint64_t word = 0;
      for (size_t i = 0; i < 8 && at + i < text.size(); ++i) word |= uint64_t{static_cast<unsigned char>(text[at + i])} << (8 * i);
      Add(word);
    }
  }
  Wide Sum() const { return static_cast<Wide>(Fold(high_, 0xa0761d6478bd642f)) << 64 | Fold(low_, 0xe7037ed1a0b428db); }

 private:
  uint64_t high_ = 0x243f6a8885a308d3;
  uint64_t low_ = 0x13198a2e03707344;
};

// Takes the key of the last row of a page, to go on after it.
std::vector<Cell> KeyCellsOf(const TableSpec& table, CellSource& cells) {
  std::vector<Cell> key;
  for (int i = 0; i < table.key_columns; ++i) {
    if (table.columns[i].type == CellType::kInt) {
      key.emplace_back(cells.Int(i));
    } else {
      key.emplace_back(std::string(cells.Text(i)));
    }
  }
  return key;
}

}  // namespace

std::string TableDigest::ToString() const {
  return absl::StrCat(absl::Hex(high, absl::kZeroPad16), absl::Hex(low, absl::kZeroPad16), " ", rows);
}

absl::StatusOr<TableDigest> Digest(Reader& reader, const TableSpec& table) {
  Wide sum = 0;
  TableDigest digest;
  ScanRange page;
  page.limit = kPageRows;
  int64_t received = kPageRows;
  while (received == kPageRows) {
    received = 0;
    std::vector<Cell> last;
    absl::Status status = reader.Scan(table, page, [&](size_t, CellSource& cells, int64_t) {
      RowHash hash;
      for (size_t i = 0; i < table.columns.size(); ++i) {
        if (table.columns[i].type == CellType::kInt) {
          hash.Add(static_cast<uint64_t>(cells.Int(static_cast<int>(i))));
        } else {
          hash.Add(cells.Text(static_cast<int>(i)));
        }
      }
      sum += hash.Sum();
      if (++received == kPageRows) last = KeyCellsOf(table, cells);
    });
    if (!status.ok()) return status;
    digest.rows += received;
    page.from = std::move(last);
    page.after_from = true;
  }
  digest.high = static_cast<uint64_t>(sum >> 64);
  digest.low = static_cast<uint64_t>(sum);
  return digest;
}

}  // namespace berdaya::store
