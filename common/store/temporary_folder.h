// A folder for a database that goes away: of one `sqlite::memory:`, of one test.
#ifndef BERDAYA_COMMON_STORE_TEMPORARY_FOLDER_H_
#define BERDAYA_COMMON_STORE_TEMPORARY_FOLDER_H_

#include <cstdlib>
#include <filesystem>
#include <string>
#include <system_error>

#include "absl/status/status.h"

namespace berdaya::store {

// A folder of this object alone, removed with it.
class TemporaryFolder {
 public:
  TemporaryFolder() = default;
  ~TemporaryFolder() {
    std::error_code ignored;
    if (!path_.empty()) std::filesystem::remove_all(path_, ignored);
  }
  TemporaryFolder(const TemporaryFolder&) = delete;
  TemporaryFolder& operator=(const TemporaryFolder&) = delete;

  // In memory where the machine has a file system for that, with room (a container's has 64 MiB).
  absl::Status Create() {
    for (const std::filesystem::path& parent : {std::filesystem::path("/dev/shm"), std::filesystem::temp_directory_path()}) {
      std::error_code error;
      if (parent == "/dev/shm" && std::filesystem::space(parent, error).available / (1 << 30) < 1) continue;
      std::string path = (parent / "berdaya-store-XXXXXX").string();
      if (mkdtemp(path.data()) == nullptr) continue;
      path_ = path;
      return absl::OkStatus();
    }
    return absl::FailedPreconditionError("no folder for temporary files can be written; set TMPDIR");
  }
  const std::string& path() const { return path_; }

 private:
  std::string path_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_TEMPORARY_FOLDER_H_
