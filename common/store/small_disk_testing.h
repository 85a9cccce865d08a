// A disk that fills up.
#ifndef BERDAYA_COMMON_STORE_SMALL_DISK_TESTING_H_
#define BERDAYA_COMMON_STORE_SMALL_DISK_TESTING_H_

#include <sys/mount.h>

#include <filesystem>
#include <string>

namespace berdaya::store {

// A small file system of its own, for as long as the test runs.
class SmallDisk {
 public:
  explicit SmallDisk(const std::string& path, const std::string& size = "2m") : path_(path) {
    std::filesystem::create_directory(path);
    mounted_ = mount("none", path.c_str(), "tmpfs", 0, ("size=" + size).c_str()) == 0;
  }
  ~SmallDisk() {
    if (mounted_) umount2(path_.c_str(), MNT_DETACH);
  }
  // False: this process may not mount; the test can only be skipped.
  bool mounted() const { return mounted_; }
  void Resize(const std::string& size) { mount("none", path_.c_str(), "tmpfs", MS_REMOUNT, ("size=" + size).c_str()); }

 private:
  const std::string path_;
  bool mounted_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_SMALL_DISK_TESTING_H_
