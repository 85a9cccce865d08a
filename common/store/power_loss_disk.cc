#include "common/store/power_loss_disk.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <algorithm>
#include <cstring>

namespace berdaya::store {

CachedFile::CachedFile(std::string path) : path_(std::move(path)) {
  const int fd = path_.empty() ? -1 : open(path_.c_str(), O_RDONLY | O_CLOEXEC);
  if (fd < 0) return;
  struct stat status;
  if (fstat(fd, &status) == 0) {
    content_.resize(static_cast<size_t>(status.st_size));
    const ssize_t read = pread(fd, content_.data(), content_.size(), 0);
    exists_ = read == static_cast<ssize_t>(content_.size());
  }
  close(fd);
}

void CachedFile::Create() {
  if (exists_) return;
  exists_ = true;
  replaced_ = true;
  size_changed_ = true;
}

void CachedFile::Remove(bool synced) {
  exists_ = false;
  content_.clear();
  dirty_.clear();
  if (synced && !path_.empty()) unlink(path_.c_str());
}

int64_t CachedFile::Read(int64_t offset, char* buffer, int64_t bytes) const {
  const int64_t there = std::clamp<int64_t>(size() - offset, 0, bytes);
  std::memcpy(buffer, content_.data() + (there > 0 ? offset : 0), static_cast<size_t>(there));
  std::memset(buffer + there, 0, static_cast<size_t>(bytes - there));
  return there;
}

void CachedFile::Write(int64_t offset, const char* data, int64_t bytes) {
  const int64_t first = std::min(offset, size());  // what lies between the old end and the new bytes is zeros now
  if (offset + bytes > size()) {
    content_.resize(static_cast<size_t>(offset + bytes));
    size_changed_ = true;
  }
  std::memcpy(content_.data() + offset, data, static_cast<size_t>(bytes));
  for (int64_t sector = first / kSectorBytes; sector * kSectorBytes < offset + bytes; ++sector) dirty_.insert(sector);
}

void CachedFile::Truncate(int64_t size) {
  content_.resize(static_cast<size_t>(size));
  size_changed_ = true;
  dirty_.erase(dirty_.lower_bound((size + kSectorBytes - 1) / kSectorBytes), dirty_.end());
}

bool CachedFile::Sync() {
  if (path_.empty() || !exists_) return true;
  std::set<int64_t> sectors = std::move(dirty_);
  dirty_.clear();
  if (replaced_) {
    for (int64_t sector = 0; sector * kSectorBytes < size(); ++sector) sectors.insert(sector);
  }
  const bool resize = size_changed_;
  const bool done = WriteSectors(sectors, resize ? std::optional<int64_t>(size()) : std::nullopt);
  replaced_ = false;
  size_changed_ = false;
  return done;
}

void CachedFile::FailSync() {
  dirty_.clear();
  size_changed_ = false;
}

void CachedFile::SyncEntry() {
  if (path_.empty()) return;
  if (!exists_) {
    unlink(path_.c_str());
  } else if (replaced_) {
    WriteSectors({}, std::nullopt);
  }
}

void CachedFile::SyncSome(std::mt19937_64& coin, uint64_t odds) {
  if (path_.empty()) return;
  const auto survives = [&] { return coin() % kOdds < odds; };
  if (!exists_) {
    if (survives()) unlink(path_.c_str());  // a removal that was not synced
    return;
  }
  if (replaced_ && !survives()) return;  // the new file's name did not reach the disk
  std::set<int64_t> survivors;
  for (int64_t sector : dirty_) {
    if (survives()) survivors.insert(sector);
  }
  WriteSectors(survivors, size_changed_ && survives() ? std::optional<int64_t>(size()) : std::nullopt);
}

bool CachedFile::WriteSectors(const std::set<int64_t>& sectors, std::optional<int64_t> cut_to) {
  const int fd = open(path_.c_str(), O_WRONLY | O_CREAT | O_CLOEXEC | (replaced_ ? O_TRUNC : 0), 0600);
  if (fd < 0) return false;
  bool done = true;
  for (int64_t sector : sectors) {
    const int64_t offset = sector * kSectorBytes;
    const auto bytes = static_cast<size_t>(std::min(kSectorBytes, size() - offset));
    done = done && pwrite(fd, content_.data() + offset, bytes, offset) == static_cast<ssize_t>(bytes);
  }
  if (cut_to.has_value()) done = done && ftruncate(fd, *cut_to) == 0;
  close(fd);
  return done;
}

}  // namespace berdaya::store
