#include "common/store/file_lock.h"

#include <fcntl.h>
#include <sys/file.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>

#include "absl/strings/str_cat.h"

namespace berdaya::store {
namespace {

std::string Holder(int fd) {
  char text[64];
  const ssize_t size = pread(fd, text, sizeof(text), 0);
  if (size <= 0) return "another process";
  return std::string(text, static_cast<size_t>(size));
}

}  // namespace

absl::StatusOr<FileLock> FileLock::Acquire(const std::string& file) {
  const std::string path = file + ".lock";
  const int fd = open(path.c_str(), O_RDWR | O_CREAT | O_CLOEXEC, 0600);
  if (fd < 0) {
    const bool used_up = absl::ErrnoToStatusCode(errno) == absl::StatusCode::kResourceExhausted;
    const auto code = used_up ? absl::StatusCode::kResourceExhausted : absl::StatusCode::kFailedPrecondition;
    return absl::Status(code, absl::StrCat(path, ": ", std::strerror(errno), "; the folder must exist and be writable"));
  }
  FileLock lock(fd);
  // flock and not fcntl: a lock of the open file, which no other close() in this process lets go of.
  if (flock(fd, LOCK_EX | LOCK_NB) != 0) {
    return absl::FailedPreconditionError(
        absl::StrCat(file, ": open for writing in ", Holder(fd), "; a database has one writing process, stop that one first"));
  }
  const std::string holder = absl::StrCat("process ", getpid());
  // Not being able to say who holds it is no reason not to hold it.
  if (ftruncate(fd, 0) == 0 && pwrite(fd, holder.data(), holder.size(), 0) < 0) errno = 0;
  return lock;
}

FileLock::~FileLock() {
  if (fd_ >= 0) close(fd_);
}

}  // namespace berdaya::store
