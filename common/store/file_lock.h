// One writing process a database file.
#ifndef BERDAYA_COMMON_STORE_FILE_LOCK_H_
#define BERDAYA_COMMON_STORE_FILE_LOCK_H_

#include <string>
#include <utility>

#include "absl/status/statusor.h"

namespace berdaya::store {

// Holds `<file>.lock` from Acquire until it goes away. The kernel lets go with the process, however that ends, so a lock is never
// stale; the file stays where it is. Its content (the holder's process id) is only for the message.
class FileLock {
 public:
  // FailedPrecondition, naming the file and the holder, if another process or another lock of this process holds it.
  static absl::StatusOr<FileLock> Acquire(const std::string& file);

  FileLock() = default;
  FileLock(FileLock&& other) noexcept : fd_(other.fd_) { other.fd_ = -1; }
  FileLock& operator=(FileLock&& other) noexcept {
    std::swap(fd_, other.fd_);
    return *this;
  }
  ~FileLock();

 private:
  explicit FileLock(int fd) : fd_(fd) {}

  int fd_ = -1;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_FILE_LOCK_H_
