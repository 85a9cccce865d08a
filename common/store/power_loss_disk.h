// A disk with a cache that loses its content when the power goes: what PowerLossVfs keeps its files on.
//
// Not thread safe; the VFS holds a lock around every call.
#ifndef BERDAYA_COMMON_STORE_POWER_LOSS_DISK_H_
#define BERDAYA_COMMON_STORE_POWER_LOSS_DISK_H_

#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>

namespace berdaya::store {

// A file as the process sees it. The real file behind it changes only by Sync, by a synced Remove, and by what a Cut lets through.
class CachedFile {
 public:
  static constexpr int64_t kSectorBytes = 512;  // what a real disk writes whole

  // Empty path: a temporary file that never reaches the disk.
  explicit CachedFile(std::string path);

  bool exists() const { return exists_; }
  int64_t size() const { return static_cast<int64_t>(content_.size()); }
  void Create();
  void Remove(bool synced);
  // Returns the bytes read; the rest of `buffer` is zeroed.
  int64_t Read(int64_t offset, char* buffer, int64_t bytes) const;
  void Write(int64_t offset, const char* data, int64_t bytes);
  void Truncate(int64_t size);
  // False if the real file cannot be written.
  bool Sync();
  // A sync that failed, as Linux does it: what was not written still reads well, but no later sync will write it.
  void FailSync();
  // The folder was synced: that the file was created or removed is on the disk, what is in it is not.
  void SyncEntry();
  bool is_new() const { return exists_ && replaced_; }

  // Power loss: what is not synced (each sector, the length, the name) reaches the disk in `odds` of kOdds cases, as the coin says.
  static constexpr uint64_t kOdds = 4;
  void SyncSome(std::mt19937_64& coin, uint64_t odds);

 private:
  bool WriteSectors(const std::set<int64_t>& sectors, std::optional<int64_t> cut_to);

  const std::string path_;
  bool exists_ = false;
  std::string content_;
  std::set<int64_t> dirty_;    // sectors that the real file does not have
  bool size_changed_ = false;  // the real file has another length
  bool replaced_ = false;      // what the real file holds is no part of this file any more
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POWER_LOSS_DISK_H_
