#include "common/store/power_loss_vfs.h"

#include <sqlite3.h>
#include <unistd.h>

#include <array>
#include <atomic>
#include <cstring>
#include <map>
#include <mutex>
#include <random>
#include <vector>

#include "common/store/power_loss_disk.h"

namespace berdaya::store {
namespace {

// Who holds which of SQLite's file locks.
struct FileLocks {
  int readers = 0;
  const void* reserved = nullptr;  // holder of RESERVED or more
  bool pending = false;            // no new readers
  bool exclusive = false;
};

// The log's index, which is only ever in memory.
struct SharedMemory {
  struct Slot {
    int shared = 0;
    bool exclusive = false;
  };
  std::vector<std::unique_ptr<char[]>> regions;
  std::array<Slot, SQLITE_SHM_NLOCK> slots;
};

struct Node {
  explicit Node(const std::string& path) : file(path) {}
  CachedFile file;
  FileLocks locks;
  SharedMemory shared_memory;
};

}  // namespace

struct PowerLossVfs::State {
  struct Fault {
    int64_t countdown = 0;
    int code = SQLITE_OK;
  };

  sqlite3_vfs vfs{};
  sqlite3_vfs* real = nullptr;
  std::string name;
  mutable std::mutex mutex;
  std::map<std::string, std::shared_ptr<Node>> nodes;
  int64_t generation = 0;  // rises with each power loss
  int64_t operations = 0;
  std::optional<int64_t> cut_countdown;
  std::optional<uint64_t> cut_seed;
  bool was_cut = false;
  std::map<Operation, Fault> faults;

  std::shared_ptr<Node> Find(const std::string& path) {
    std::shared_ptr<Node>& node = nodes[path];
    if (node == nullptr) node = std::make_shared<Node>(path);
    return node;
  }

  void Cut(std::optional<uint64_t> seed) {
    if (seed.has_value()) {
      std::mt19937_64 coin(*seed);
      const uint64_t odds = coin() % (CachedFile::kOdds + 1);
      for (auto& [path, node] : nodes) node->file.SyncSome(coin, odds);
    }
    nodes.clear();
    ++generation;
    was_cut = true;
    cut_countdown.reset();
  }

  // Counts an operation; anything but OK means that it must not happen.
  int Begin(Operation operation) {
    ++operations;
    if (cut_countdown.has_value() && --*cut_countdown <= 0) {
      Cut(cut_seed);
      return SQLITE_IOERR;
    }
    const auto fault = faults.find(operation);
    if (fault == faults.end() || --fault->second.countdown > 0) return SQLITE_OK;
    return fault->second.code;
  }
};

namespace {

// An open file. The part that SQLite allocates holds only a pointer to the part that we do.
struct OpenFile {
  PowerLossVfs::State* state;
  std::shared_ptr<Node> node;
  int64_t generation;
  bool syncs_folder;
  int lock = SQLITE_LOCK_NONE;
  std::array<bool, SQLITE_SHM_NLOCK> shared_slots{};
  std::array<bool, SQLITE_SHM_NLOCK> exclusive_slots{};
};

struct FileHandle : sqlite3_file {
  OpenFile* open;
};

OpenFile& Of(sqlite3_file* file) { return *static_cast<FileHandle*>(file)->open; }
PowerLossVfs::State& StateOf(sqlite3_vfs* vfs) { return *static_cast<PowerLossVfs::State*>(vfs->pAppData); }

// Runs `work` on a file whose power is still on.
template <class Work>
int WithPower(sqlite3_file* file, const Work& work) {
  OpenFile& open = Of(file);
  std::lock_guard<std::mutex> held(open.state->mutex);
  if (open.generation != open.state->generation) return SQLITE_IOERR;
  return work(open);
}

int Read(sqlite3_file* file, void* buffer, int bytes, sqlite3_int64 offset) {
  return WithPower(file, [&](OpenFile& open) {
    return open.node->file.Read(offset, static_cast<char*>(buffer), bytes) == bytes ? SQLITE_OK : SQLITE_IOERR_SHORT_READ;
  });
}

int Write(sqlite3_file* file, const void* data, int bytes, sqlite3_int64 offset) {
  return WithPower(file, [&](OpenFile& open) {
    const int result = open.state->Begin(PowerLossVfs::Operation::kWrite);
    if (result == SQLITE_OK) open.node->file.Write(offset, static_cast<const char*>(data), bytes);
    return result;
  });
}

int Truncate(sqlite3_file* file, sqlite3_int64 size) {
  return WithPower(file, [&](OpenFile& open) {
    const int result = open.state->Begin(PowerLossVfs::Operation::kWrite);
    if (result == SQLITE_OK) open.node->file.Truncate(size);
    return result;
  });
}

int Sync(sqlite3_file* file, int) {
  return WithPower(file, [&](OpenFile& open) {
    const int result = open.state->Begin(PowerLossVfs::Operation::kSync);
    if (result != SQLITE_OK) {
      open.node->file.FailSync();
      return result;
    }
    // SQLite's own VFS syncs the folder with a new journal or log, and only then; until then a removed file may come back.
    const bool with_folder = open.syncs_folder && open.node->file.is_new();
    if (!open.node->file.Sync()) return SQLITE_IOERR_FSYNC;
    if (with_folder) {
      for (auto& [path, node] : open.state->nodes) node->file.SyncEntry();
    }
    return SQLITE_OK;
  });
}

int FileSize(sqlite3_file* file, sqlite3_int64* size) {
  return WithPower(file, [&](OpenFile& open) {
    *size = open.node->file.size();
    return SQLITE_OK;
  });
}

int Lock(sqlite3_file* file, int level) {
  return WithPower(file, [&](OpenFile& open) {
    FileLocks& locks = open.node->locks;
    if (level <= open.lock) return SQLITE_OK;
    if (level == SQLITE_LOCK_SHARED) {
      if (locks.pending || locks.exclusive) return SQLITE_BUSY;
      ++locks.readers;
    } else {
      if (locks.reserved != nullptr && locks.reserved != &open) return SQLITE_BUSY;
      locks.reserved = &open;
      if (level == SQLITE_LOCK_EXCLUSIVE) {
        locks.pending = true;
        if (locks.readers > 1) {
          open.lock = SQLITE_LOCK_PENDING;
          return SQLITE_BUSY;
        }
        locks.exclusive = true;
      }
    }
    open.lock = level;
    return SQLITE_OK;
  });
}

void LetGo(OpenFile& open, int level) {
  FileLocks& locks = open.node->locks;
  if (open.lock <= level) return;
  if (open.lock >= SQLITE_LOCK_RESERVED) {
    locks.reserved = nullptr;
    locks.pending = false;
    locks.exclusive = false;
  }
  if (level == SQLITE_LOCK_NONE) --locks.readers;
  open.lock = level;
}

int Unlock(sqlite3_file* file, int level) {
  return WithPower(file, [&](OpenFile& open) {
    LetGo(open, level);
    return SQLITE_OK;
  });
}

int CheckReservedLock(sqlite3_file* file, int* reserved) {
  return WithPower(file, [&](OpenFile& open) {
    *reserved = open.node->locks.reserved != nullptr ? 1 : 0;
    return SQLITE_OK;
  });
}

int FileControl(sqlite3_file*, int, void*) { return SQLITE_NOTFOUND; }
int SectorSize(sqlite3_file*) { return CachedFile::kSectorBytes; }
int DeviceCharacteristics(sqlite3_file*) { return 0; }  // promises nothing, so SQLite takes every precaution

int ShmMap(sqlite3_file* file, int region, int bytes, int extend, void volatile** out) {
  return WithPower(file, [&](OpenFile& open) {
    auto& regions = open.node->shared_memory.regions;
    *out = nullptr;
    if (extend == 0 && static_cast<int>(regions.size()) <= region) return SQLITE_OK;
    while (static_cast<int>(regions.size()) <= region) regions.push_back(std::make_unique<char[]>(bytes));
    *out = regions[region].get();
    return SQLITE_OK;
  });
}

void UnlockSlot(OpenFile& open, int i) {
  auto& slot = open.node->shared_memory.slots[i];
  if (open.exclusive_slots[i]) slot.exclusive = false;
  if (open.shared_slots[i]) --slot.shared;
  open.exclusive_slots[i] = open.shared_slots[i] = false;
}

int ShmLock(sqlite3_file* file, int first, int count, int flags) {
  return WithPower(file, [&](OpenFile& open) {
    auto& slots = open.node->shared_memory.slots;
    const bool exclusive = (flags & SQLITE_SHM_EXCLUSIVE) != 0;
    for (int i = first; i < first + count && (flags & SQLITE_SHM_LOCK) != 0; ++i) {
      const int others = slots[i].shared - (open.shared_slots[i] ? 1 : 0);
      if ((slots[i].exclusive && !open.exclusive_slots[i]) || (exclusive && others > 0)) return SQLITE_BUSY;
    }
    for (int i = first; i < first + count; ++i) {
      UnlockSlot(open, i);
      if ((flags & SQLITE_SHM_LOCK) == 0) continue;
      (exclusive ? open.exclusive_slots : open.shared_slots)[i] = true;
      if (exclusive) {
        slots[i].exclusive = true;
      } else {
        ++slots[i].shared;
      }
    }
    return SQLITE_OK;
  });
}

void ShmBarrier(sqlite3_file* file) { std::lock_guard<std::mutex> fence(Of(file).state->mutex); }

int ShmUnmap(sqlite3_file* file, int remove) {
  return WithPower(file, [&](OpenFile& open) {
    for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) UnlockSlot(open, i);
    if (remove != 0) open.node->shared_memory.regions.clear();
    return SQLITE_OK;
  });
}

int Close(sqlite3_file* file) {
  OpenFile* open = static_cast<FileHandle*>(file)->open;
  {
    std::lock_guard<std::mutex> held(open->state->mutex);
    LetGo(*open, SQLITE_LOCK_NONE);
    for (int i = 0; i < SQLITE_SHM_NLOCK; ++i) UnlockSlot(*open, i);
  }
  delete open;
  return SQLITE_OK;
}

const sqlite3_io_methods* Methods() {
  static const sqlite3_io_methods kMethods = [] {
    sqlite3_io_methods methods{};
    methods.iVersion = 2;
    methods.xClose = &Close;
    methods.xRead = &Read;
    methods.xWrite = &Write;
    methods.xTruncate = &Truncate;
    methods.xSync = &Sync;
    methods.xFileSize = &FileSize;
    methods.xLock = &Lock;
    methods.xUnlock = &Unlock;
    methods.xCheckReservedLock = &CheckReservedLock;
    methods.xFileControl = &FileControl;
    methods.xSectorSize = &SectorSize;
    methods.xDeviceCharacteristics = &DeviceCharacteristics;
    methods.xShmMap = &ShmMap;
    methods.xShmLock = &ShmLock;
    methods.xShmBarrier = &ShmBarrier;
    methods.xShmUnmap = &ShmUnmap;
    return methods;
  }();
  return &kMethods;
}

int OpenFileOf(sqlite3_vfs* vfs, const char* name, sqlite3_file* file, int flags, int* out_flags) {
  PowerLossVfs::State& state = StateOf(vfs);
  std::lock_guard<std::mutex> held(state.mutex);
  file->pMethods = nullptr;
  std::shared_ptr<Node> node = name == nullptr ? std::make_shared<Node>("") : state.Find(name);
  if (!node->file.exists()) {
    if (name != nullptr && (flags & SQLITE_OPEN_CREATE) == 0) return SQLITE_CANTOPEN;
    node->file.Create();
  }
  auto* open = new OpenFile{&state, std::move(node), state.generation,
                            (flags & (SQLITE_OPEN_MAIN_JOURNAL | SQLITE_OPEN_SUPER_JOURNAL | SQLITE_OPEN_WAL)) != 0};
  static_cast<FileHandle*>(file)->open = open;
  file->pMethods = Methods();
  if (out_flags != nullptr) *out_flags = flags;
  return SQLITE_OK;
}

int Delete(sqlite3_vfs* vfs, const char* name, int sync_folder) {
  PowerLossVfs::State& state = StateOf(vfs);
  std::lock_guard<std::mutex> held(state.mutex);
  std::shared_ptr<Node> node = state.Find(name);
  if (!node->file.exists()) return SQLITE_IOERR_DELETE_NOENT;
  node->file.Remove(sync_folder != 0);
  return SQLITE_OK;
}

int Access(sqlite3_vfs* vfs, const char* name, int, int* out) {
  PowerLossVfs::State& state = StateOf(vfs);
  std::lock_guard<std::mutex> held(state.mutex);
  *out = state.Find(name)->file.exists() ? 1 : 0;
  return SQLITE_OK;
}

int FullPathname(sqlite3_vfs* vfs, const char* name, int bytes, char* out) {
  sqlite3_vfs* real = StateOf(vfs).real;
  return real->xFullPathname(real, name, bytes, out);
}

int Randomness(sqlite3_vfs* vfs, int bytes, char* out) { return StateOf(vfs).real->xRandomness(StateOf(vfs).real, bytes, out); }
int Sleep(sqlite3_vfs* vfs, int microseconds) { return StateOf(vfs).real->xSleep(StateOf(vfs).real, microseconds); }
int CurrentTime(sqlite3_vfs* vfs, double* out) { return StateOf(vfs).real->xCurrentTime(StateOf(vfs).real, out); }
int GetLastError(sqlite3_vfs*, int, char*) { return 0; }

}  // namespace

PowerLossVfs::PowerLossVfs(const std::string& name) : state_(std::make_unique<State>()) {
  state_->name = name;
  state_->real = sqlite3_vfs_find(nullptr);
  sqlite3_vfs& vfs = state_->vfs;
  vfs.iVersion = 1;
  vfs.szOsFile = sizeof(FileHandle);
  vfs.mxPathname = state_->real->mxPathname;
  vfs.zName = state_->name.c_str();
  vfs.pAppData = state_.get();
  vfs.xOpen = &OpenFileOf;
  vfs.xDelete = &Delete;
  vfs.xAccess = &Access;
  vfs.xFullPathname = &FullPathname;
  vfs.xRandomness = &Randomness;
  vfs.xSleep = &Sleep;
  vfs.xCurrentTime = &CurrentTime;
  vfs.xGetLastError = &GetLastError;
  sqlite3_vfs_register(&vfs, 0);
}

PowerLossVfs::~PowerLossVfs() { sqlite3_vfs_unregister(&state_->vfs); }

const std::string& PowerLossVfs::name() const { return state_->name; }

void PowerLossVfs::Cut(std::optional<uint64_t> seed) {
  std::lock_guard<std::mutex> held(state_->mutex);
  state_->Cut(seed);
}

void PowerLossVfs::CutAt(int64_t nth, std::optional<uint64_t> seed) {
  std::lock_guard<std::mutex> held(state_->mutex);
  state_->cut_countdown = nth;
  state_->cut_seed = seed;
  state_->was_cut = false;
}

bool PowerLossVfs::was_cut() const {
  std::lock_guard<std::mutex> held(state_->mutex);
  return state_->was_cut;
}

void PowerLossVfs::FailAt(Operation operation, int64_t nth, int code) {
  std::lock_guard<std::mutex> held(state_->mutex);
  state_->faults[operation] = {nth, code};
}

void PowerLossVfs::Heal() {
  std::lock_guard<std::mutex> held(state_->mutex);
  state_->faults.clear();
}

int64_t PowerLossVfs::operations() const {
  std::lock_guard<std::mutex> held(state_->mutex);
  return state_->operations;
}

}  // namespace berdaya::store
