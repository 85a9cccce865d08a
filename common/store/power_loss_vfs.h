// An SQLite VFS for tests: power loss and failing disks.
//
// Why: a killed process loses nothing, because the kernel still writes what it has. Only a machine that stops loses what was not
// synced, and only that shows whether every sync is where it must be. Here everything not synced lives in this process's memory, so
// that both Cut() and a kill lose exactly it. Files, locks and the shared memory of the log are this VFS's own; one process uses a
// file at a time.
#ifndef BERDAYA_COMMON_STORE_POWER_LOSS_VFS_H_
#define BERDAYA_COMMON_STORE_POWER_LOSS_VFS_H_

#include <cstdint>
#include <memory>
#include <optional>
#include <string>

namespace berdaya::store {

class PowerLossVfs {
 public:
  // Registers it under `name`, for Options::vfs. It must outlive every database opened with it. Usable from many threads.
  explicit PowerLossVfs(const std::string& name);
  ~PowerLossVfs();
  PowerLossVfs(const PowerLossVfs&) = delete;
  PowerLossVfs& operator=(const PowerLossVfs&) = delete;

  const std::string& name() const;

  // Power loss now: what was not synced is gone (contents, lengths, created and removed files, shared memory), and every open file
  // fails from then on. Close the database and open it again. With a seed, each sector not synced is lost or kept by chance, as on
  // a disk that writes its cache in its own order; how many are kept is chance too, from none to all.
  void Cut(std::optional<uint64_t> seed = std::nullopt);

  // Power loss inside the n-th write or sync from now (1: the next), before it happens.
  void CutAt(int64_t nth, std::optional<uint64_t> seed = std::nullopt);
  // True if that has happened since.
  bool was_cut() const;

  enum class Operation { kWrite, kSync };
  // The n-th operation of its kind from now (1: the next) and all that follow fail with an SQLite result code, until Heal().
  void FailAt(Operation operation, int64_t nth, int code);
  void Heal();

  // Operations since the start, to choose n by.
  int64_t operations() const;

  struct State;

 private:
  std::unique_ptr<State> state_;
};

}  // namespace berdaya::store

#endif  // BERDAYA_COMMON_STORE_POWER_LOSS_VFS_H_
