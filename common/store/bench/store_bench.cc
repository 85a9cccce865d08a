// How fast the store takes families: the registry's shape of work without the registry.
//
//   store_bench <url> [families=1000000] [batch=16000] [cache_mib=256] [wal_mib=64] [maintain=inline|thread] [provinces=34]
//               [updates=0] [server=PID]
//
// Each batch reads the claims of its families (all absent), then writes a family, four persons, a KK claim and four NIK claims
// each, every table's rows sorted by key, in one durable transaction. The provinces take turns, each goes village by village, and
// 85 % of the identity numbers are of the family's own district. `updates` more batches then report known families again, a column
// outside indexes changed. Prints families and CPU seconds of the whole process, making the data included. `server` is the process
// of a PostgreSQL server on this machine (the first line of its postmaster.pid): its seconds and its children's are added.
#include <sys/resource.h>
#include <unistd.h>

#include <algorithm>
#include <atomic>
#include <chrono>
#include <cstdio>
#include <cstdlib>
#include <ctime>
#include <filesystem>
#include <fstream>
#include <map>
#include <random>
#include <sstream>
#include <string>
#include <thread>

#include "common/store/typed.h"

namespace berdaya::store {
namespace {

struct Family {
  int64_t family_id = 0;
  int64_t kk_number = 0;
  int64_t village = 0;
  int64_t members = 0;
  int64_t status = 0;
  int64_t reported_at = 0;
  int64_t content_hash = 0;
  std::string local_family_ref;
  static constexpr auto Describe() {
    return Table<Family>(
        "family", Key(Field("family_id", &Family::family_id)),
        Fields(Field("kk_number", &Family::kk_number), Field("village", &Family::village), Field("members", &Family::members),
               Field("status", &Family::status), Field("reported_at", &Family::reported_at),
               Field("content_hash", &Family::content_hash), Field("local_family_ref", &Family::local_family_ref)),
        Indexes(Index("family_by_village", "village", "family_id")));
  }
};

struct Person {
  int64_t person_id = 0;
  int64_t family_id = 0;
  int64_t nik = 0;
  int64_t birth_day = 0;
  int64_t sex = 0;
  int64_t component = 0;
  std::string name;
  static constexpr auto Describe() {
    return Table<Person>(
        "person", Key(Field("person_id", &Person::person_id)),
        Fields(Field("family_id", &Person::family_id), Field("nik", &Person::nik), Field("birth_day", &Person::birth_day),
               Field("sex", &Person::sex), Field("component", &Person::component), Field("name", &Person::name)));
  }
};

struct NikClaim {
  int64_t nik = 0;
  int64_t person_id = 0;
  int64_t contested = 0;
  static constexpr auto Describe() {
    return Table<NikClaim>("nik_claim", Key(Field("nik", &NikClaim::nik)),
                           Fields(Field("person_id", &NikClaim::person_id), Field("contested", &NikClaim::contested)));
  }
};

struct KkClaim {
  int64_t kk_number = 0;
  int64_t family_id = 0;
  static constexpr auto Describe() {
    return Table<KkClaim>("kk_claim", Key(Field("kk_number", &KkClaim::kk_number)),
                          Fields(Field("family_id", &KkClaim::family_id)));
  }
};

struct Batch {
  std::vector<Family> families;
  std::vector<Person> persons;
  std::vector<KkClaim> kk_claims;
  std::vector<NikClaim> nik_claims;
};

constexpr int kFamiliesOfVillage = 900;
constexpr int kVillagesOfDistrict = 12;

int64_t Number(std::mt19937_64& random, int64_t district, int serial) {
  const int64_t day = static_cast<int64_t>(random() % 28 + 1 + (random() % 2) * 40);
  return ((district * 100 + day) * 10000 + static_cast<int64_t>(random() % 12 + 1) * 100 + static_cast<int64_t>(random() % 80)) *
             10000 +
         serial;
}

Batch MakeBatch(std::mt19937_64& random, int64_t provinces, int64_t first, int64_t count, int64_t version) {
  Batch batch;
  for (int64_t i = first; i < first + count; ++i) {
    const int64_t province = 11 + i % provinces;
    const int64_t ordinal = i / provinces;
    const int64_t own = province * 10000 + ordinal / kFamiliesOfVillage / kVillagesOfDistrict;
    const int serial = static_cast<int>(ordinal % 9000);
    Family family{(province << 40) | ordinal,
                  Number(random, own, serial),
                  own * 10000 + ordinal / kFamiliesOfVillage,
                  4,
                  version,
                  1700000000 + i,
                  static_cast<int64_t>(random()),
                  std::string(60, static_cast<char>('a' + i % 26))};
    for (int64_t member = 0; member < 4; ++member) {
      const int64_t district = random() % 100 < 85 ? own : (11 + random() % 34) * 10000 + random() % 200;
      Person person{
          family.family_id * 16 + member, family.family_id, Number(random, district, serial), 20000101, member % 2, member,
          "Siti Nurhaliza Putri"};
      batch.nik_claims.push_back({person.nik, person.person_id, 0});
      batch.persons.push_back(std::move(person));
    }
    batch.kk_claims.push_back({family.kk_number, family.family_id});
    batch.families.push_back(std::move(family));
  }
  return batch;
}

void Check(const absl::Status& status) {
  if (status.ok()) return;
  std::fprintf(stderr, "%s\n", status.ToString().c_str());
  std::exit(1);
}

// Sorts rows by key and drops the repeats that random numbers give.
template <class Row>
void SortByKey(std::vector<Row>& rows) {
  std::sort(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return KeyOfRow(a) < KeyOfRow(b); });
  rows.erase(std::unique(rows.begin(), rows.end(), [](const Row& a, const Row& b) { return KeyOfRow(a) == KeyOfRow(b); }),
             rows.end());
}

template <class Row>
void PutRows(Transaction& transaction, const std::vector<Row>& rows, int64_t version) {
  std::vector<Write> writes;
  writes.reserve(rows.size());
  for (const Row& row : rows) writes.push_back({&row, version, false});
  auto missed = transaction.Put(SpecOf<Row>(), writes);
  Check(missed.status());
}

// Reads the keys of rows, and leaves the rows that do not exist.
template <class Row>
void DropKnown(Reader& reader, std::vector<Row>& rows) {
  std::vector<KeyOf<Row>> keys;
  for (const Row& row : rows) keys.push_back(KeyOfRow(row));
  auto found = GetMany<Row>(reader, keys);
  Check(found.status());
  size_t kept = 0;
  for (size_t i = 0; i < rows.size(); ++i) {
    if (!(*found)[i].has_value()) rows[kept++] = rows[i];
  }
  rows.resize(kept);
}

// CPU seconds of a process and of those children of it that have ended; `parent` gets its parent.
double SecondsOf(const std::filesystem::path& process, int64_t& parent) {
  std::ifstream file(process / "stat");
  std::string text((std::istreambuf_iterator<char>(file)), {});
  std::istringstream after_name(text.substr(text.rfind(')') == std::string::npos ? text.size() : text.rfind(')') + 1));
  std::string skipped;
  double user = 0, system = 0, ended_user = 0, ended_system = 0;
  after_name >> skipped >> parent;
  for (int i = 0; i < 9; ++i) after_name >> skipped;
  after_name >> user >> system >> ended_user >> ended_system;
  return (user + system + ended_user + ended_system) / static_cast<double>(sysconf(_SC_CLK_TCK));
}

int64_t g_server = 0;

double ServerSeconds() {
  double seconds = 0;
  std::error_code ignored;
  for (const auto& process : std::filesystem::directory_iterator("/proc", ignored)) {
    if (std::atoll(process.path().filename().c_str()) == 0) continue;
    int64_t parent = -1;
    const double own = SecondsOf(process.path(), parent);
    if (parent == g_server || process.path().filename() == std::to_string(g_server)) seconds += own;
  }
  return seconds;
}

double CpuSeconds() {
  rusage usage;
  getrusage(RUSAGE_SELF, &usage);
  return static_cast<double>(usage.ru_utime.tv_sec + usage.ru_stime.tv_sec) +
         static_cast<double>(usage.ru_utime.tv_usec + usage.ru_stime.tv_usec) / 1e6 + (g_server > 0 ? ServerSeconds() : 0);
}

double Seconds() { return std::chrono::duration<double>(std::chrono::steady_clock::now().time_since_epoch()).count(); }

// Where the CPU time of the loop goes.
class Phases {
 public:
  // Counts the time since the last call for `phase`.
  void Done(const std::string& phase) {
    const double now = ThreadCpuSeconds();
    seconds_[phase] += now - last_;
    last_ = now;
  }
  void Print(double millions) const {
    for (const auto& [phase, seconds] : seconds_)
      std::printf("  %-14s %6.2f CPU s per million\n", phase.c_str(), seconds / millions);
  }

 private:
  static double ThreadCpuSeconds() {
    timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return static_cast<double>(time.tv_sec) + static_cast<double>(time.tv_nsec) / 1e9;
  }
  std::map<std::string, double> seconds_;
  double last_ = ThreadCpuSeconds();
};

class Progress {
 public:
  void Report(const char* what, int64_t done, bool last) {
    families_ += done - seen_;
    seen_ = done;
    if (!last && Seconds() - since_ < 5) return;
    const double millions = static_cast<double>(families_) / 1e6;
    std::printf("%s %ld: %.0f families/s, %.2f CPU s per million\n", what, done, families_ / (Seconds() - since_),
                (CpuSeconds() - cpu_) / millions);
    std::fflush(stdout);
    families_ = 0;
    since_ = Seconds();
    cpu_ = CpuSeconds();
  }

 private:
  int64_t families_ = 0;
  int64_t seen_ = 0;
  double since_ = Seconds();
  double cpu_ = CpuSeconds();
};

int64_t Argument(int argc, char** argv, const std::string& name, int64_t otherwise) {
  for (int i = 2; i < argc; ++i) {
    const std::string text = argv[i];
    if (text.rfind(name + "=", 0) == 0) return std::atoll(text.c_str() + name.size() + 1);
  }
  return otherwise;
}

bool HasArgument(int argc, char** argv, const std::string& text) {
  return std::any_of(argv + 2, argv + argc, [&](const char* argument) { return text == argument; });
}

int Main(int argc, char** argv) {
  if (argc < 2) {
    std::fprintf(
        stderr,
        "store_bench <url> [families=N] [batch=N] [cache_mib=N] [wal_mib=N] [maintain=inline|thread] [provinces=N] [updates=N] "
        "[server=PID]\n");
    return 2;
  }
  Options options;
  options.url = argv[1];
  options.cache_mib = static_cast<int>(Argument(argc, argv, "cache_mib", 256));
  options.wal_mib = static_cast<int>(Argument(argc, argv, "wal_mib", options.wal_mib));
  g_server = Argument(argc, argv, "server", 0);
  const int64_t families = Argument(argc, argv, "families", 1000000);
  const int64_t batch_size = Argument(argc, argv, "batch", 16000);
  const int64_t provinces = Argument(argc, argv, "provinces", 34);
  const int64_t updates = Argument(argc, argv, "updates", 0);
  const bool threaded = HasArgument(argc, argv, "maintain=thread");

  auto database = Open(options);
  Check(database.status());
  Check((*database)->Migrate({{&SpecOf<Family>(), &SpecOf<Person>(), &SpecOf<NikClaim>(), &SpecOf<KkClaim>()}, {}}));
  std::atomic<bool> stop = false;
  std::thread maintenance([&] {
    while (threaded && !stop) {
      Check((*database)->Maintain());
      std::this_thread::sleep_for(std::chrono::milliseconds(50));
    }
  });

  std::mt19937_64 random(1);
  const double start = Seconds();
  const double start_cpu = CpuSeconds();
  Progress progress;
  Phases phases;
  for (int64_t first = 0; first < families; first += batch_size) {
    Batch batch = MakeBatch(random, provinces, first, std::min(batch_size, families - first), 0);
    phases.Done("make");
    SortByKey(batch.families);
    SortByKey(batch.persons);
    SortByKey(batch.kk_claims);
    SortByKey(batch.nik_claims);
    phases.Done("sort");
    auto transaction = (*database)->Begin();
    Check(transaction.status());
    DropKnown(**transaction, batch.kk_claims);
    DropKnown(**transaction, batch.nik_claims);
    phases.Done("read claims");
    PutRows(**transaction, batch.families, 0);
    phases.Done("put families");
    PutRows(**transaction, batch.persons, 0);
    phases.Done("put persons");
    PutRows(**transaction, batch.kk_claims, 0);
    PutRows(**transaction, batch.nik_claims, 0);
    phases.Done("put claims");
    Check((*transaction)->Commit());
    transaction->reset();
    phases.Done("commit");
    if (!threaded) Check((*database)->Maintain());
    phases.Done("maintain");
    progress.Report("inserted", first + batch_size, first + batch_size >= families);
  }
  std::printf("all: %.0f families/s, %.2f CPU s per million\n", families / (Seconds() - start),
              (CpuSeconds() - start_cpu) / (static_cast<double>(families) / 1e6));
  phases.Print(static_cast<double>(families) / 1e6);

  Progress updating;
  std::mt19937_64 again(1);
  for (int64_t round = 0; round < updates; ++round) {
    Batch batch = MakeBatch(again, provinces, round * batch_size, batch_size, 1);
    SortByKey(batch.families);
    SortByKey(batch.persons);
    auto transaction = (*database)->Begin();
    Check(transaction.status());
    PutRows(**transaction, batch.families, 1);
    PutRows(**transaction, batch.persons, 1);
    Check((*transaction)->Commit());
    transaction->reset();
    if (!threaded) Check((*database)->Maintain());
    updating.Report("updated", (round + 1) * batch_size, round + 1 == updates);
  }
  stop = true;
  maintenance.join();
  return 0;
}

}  // namespace
}  // namespace berdaya::store

int main(int argc, char** argv) { return berdaya::store::Main(argc, argv); }
