// berdaya-floor: the least that taking in families can cost, to compare the registry with. A bare loop on librdkafka, protobuf and
// SQLite, without any of our rooms below the schema: poll, parse, the rows that the registry writes for a new family into the same
// tables and indexes, facts and grouped outcomes with the same headers, offsets in the same transaction, two stages in parallel. No
// reads, no checks, no decisions, no outbox, no sequences, no marks: what it publishes is lost if it dies, which is why it is only
// a floor. Families must be new; everything it is given is taken in.
#include <librdkafka/rdkafka.h>
#include <sqlite3.h>
#include <unistd.h>

#include <algorithm>
#include <condition_variable>
#include <cstdlib>
#include <deque>
#include <functional>
#include <iostream>
#include <map>
#include <memory>
#include <mutex>
#include <string>
#include <thread>
#include <tuple>
#include <vector>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/time/clock.h"
#include "berdaya/province/v1/replies.pb.h"
#include "berdaya/province/v1/reports.pb.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/flow/tables.h"
#include "common/store/store.h"
#include "services/registry/tables/tables.h"

namespace berdaya {
namespace {

using province::v1::FamilyReported;

constexpr char kUsage[] = "usage: berdaya-floor --brokers=HOST:PORT --db=FILE --families=N\n";
constexpr int kBatchRecords = 16'000;
constexpr int64_t kBatchBytes = 8 << 20;
constexpr int kLogPages = 64 << 20 >> 12;  // of the write-ahead log before a checkpoint
constexpr int kFactPartitions = 6;

[[noreturn]] void Die(const std::string& what) {
  std::cerr << "berdaya-floor: " << what << std::endl;
  _exit(1);
}
void Must(bool ok, const std::string& what) {
  if (!ok) Die(what);
}

// --- What a batch becomes ---

struct Person {
  int64_t id, family, nik, birth, traits;
  std::string name;
};
struct Nik {
  int64_t nik, person, family;
};
struct Kk {
  int64_t kk, family;
};
struct Family {
  int64_t id, province, kk, village, reported_at, hash, components;
  std::string ref, report_id, ce_id;
  int64_t offset, members;
};
struct Batch {
  std::vector<Family> families;
  std::vector<Person> persons;
  std::vector<Nik> niks;
  std::vector<Kk> kks;
  std::map<std::string, int64_t> next;  // offset by topic
};

// One batch at a time between the stages, so that a third is never begun.
class Handover {
 public:
  void Give(std::unique_ptr<Batch> batch) {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return given_.size() < 1; });
    given_.push_back(std::move(batch));
    changed_.notify_all();
  }
  std::unique_ptr<Batch> Take() {
    std::unique_lock lock(mutex_);
    changed_.wait(lock, [&] { return !given_.empty(); });
    std::unique_ptr<Batch> batch = std::move(given_.front());
    given_.pop_front();
    changed_.notify_all();
    return batch;
  }

 private:
  std::mutex mutex_;
  std::condition_variable changed_;
  std::deque<std::unique_ptr<Batch>> given_;
};

// --- Stage one: poll and parse ---

int64_t DayNumber(const type::v1::Date& date) { return (date.year() * 12 + date.month()) * 31 + date.day() - 735'000; }

void Parse(const rd_kafka_message_t& message, google::protobuf::Arena& arena, Batch& batch) {
  auto* report = google::protobuf::Arena::CreateMessage<FamilyReported>(&arena);
  Must(report->ParseFromArray(message.payload, static_cast<int>(message.len)), "a record that is no FamilyReported");
  const auto village = static_cast<int64_t>(report->village());
  const int64_t province = village / 100'000'000;
  const int64_t id = province << 52 | message.offset << 8;
  Family& family = batch.families.emplace_back();
  family.id = id;
  family.province = province;
  family.kk = static_cast<int64_t>(report->kk_number());
  family.village = village;
  family.reported_at = report->info().reported_at().seconds() * 1'000'000;
  family.hash = id * 0x9E3779B97F4A7C15;
  family.components = int64_t{2} << 14;
  family.ref = report->local_family_ref();
  family.report_id = report->info().report_id();
  family.offset = message.offset;
  family.members = report->members_size();
  rd_kafka_headers_t* headers = nullptr;
  const void* value = nullptr;
  size_t size = 0;
  if (rd_kafka_message_headers(&message, &headers) == RD_KAFKA_RESP_ERR_NO_ERROR &&
      rd_kafka_header_get_last(headers, "ce_id", &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
    family.ce_id.assign(static_cast<const char*>(value), size);
  }
  batch.kks.push_back({family.kk, id});
  for (int i = 0; i < report->members_size(); ++i) {
    const province::v1::Member& member = report->members(i);
    const int64_t traits = member.sex() | member.relation() << 2 | member.schooling() << 6 | int64_t{member.recipient()} << 12;
    const auto nik = static_cast<int64_t>(member.nik());
    batch.persons.push_back({id | (i + 1), id, nik, DayNumber(member.birth_date()), traits, member.name()});
    batch.niks.push_back({nik, id | (i + 1), id});
  }
}

template <class Row, class Key>
void SortBy(std::vector<Row>& rows, Key key) {
  const auto less = [&](const Row& a, const Row& b) { return key(a) < key(b); };
  if (!std::is_sorted(rows.begin(), rows.end(), less)) std::sort(rows.begin(), rows.end(), less);
}

rd_kafka_t* NewClient(rd_kafka_type_t type, const std::map<std::string, std::string>& settings) {
  rd_kafka_conf_t* conf = rd_kafka_conf_new();
  char error[512];
  for (const auto& [name, value] : settings) {
    Must(rd_kafka_conf_set(conf, name.c_str(), value.c_str(), error, sizeof(error)) == RD_KAFKA_CONF_OK, error);
  }
  if (type == RD_KAFKA_PRODUCER) {
    rd_kafka_conf_set_dr_msg_cb(conf, [](rd_kafka_t*, const rd_kafka_message_t* message, void*) {
      Must(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
    });
  }
  rd_kafka_t* client = rd_kafka_new(type, conf, error, sizeof(error));
  Must(client != nullptr, error);
  return client;
}

void AssignReports(rd_kafka_t* consumer) {
  const rd_kafka_metadata_t* metadata = nullptr;
  Must(rd_kafka_metadata(consumer, 1, nullptr, &metadata, 30'000) == RD_KAFKA_RESP_ERR_NO_ERROR, "no answer from the broker");
  rd_kafka_topic_partition_list_t* list = rd_kafka_topic_partition_list_new(64);
  for (int i = 0; i < metadata->topic_cnt; ++i) {
    const std::string name = metadata->topics[i].topic;
    if (name.rfind("province.", 0) != 0 || name.find(".reports.") == std::string::npos) continue;
    rd_kafka_topic_partition_list_add(list, name.c_str(), 0)->offset = RD_KAFKA_OFFSET_BEGINNING;
  }
  rd_kafka_metadata_destroy(metadata);
  Must(rd_kafka_assign(consumer, list) == RD_KAFKA_RESP_ERR_NO_ERROR, "assign");
  rd_kafka_topic_partition_list_destroy(list);
}

void ReadAll(const std::string& brokers, int64_t families, Handover& handover) {
  rd_kafka_t* consumer = NewClient(RD_KAFKA_CONSUMER, {{"bootstrap.servers", brokers},
                                                       {"group.id", "floor"},
                                                       {"enable.auto.commit", "false"},
                                                       {"enable.auto.offset.store", "false"},
                                                       {"queued.min.messages", "1000000"},
                                                       {"queued.max.messages.kbytes", "131072"},
                                                       {"fetch.wait.max.ms", "100"}});
  AssignReports(consumer);
  rd_kafka_queue_t* queue = rd_kafka_queue_get_consumer(consumer);
  std::vector<rd_kafka_message_t*> messages(1000);
  google::protobuf::Arena arena;
  for (int64_t read = 0; read < families;) {
    auto batch = std::make_unique<Batch>();
    batch->families.reserve(kBatchRecords);
    batch->persons.reserve(kBatchRecords * 4);
    batch->niks.reserve(kBatchRecords * 4);
    batch->kks.reserve(kBatchRecords);
    int64_t bytes = 0;
    while (static_cast<int>(batch->families.size()) + 1000 <= kBatchRecords && bytes < kBatchBytes && read < families) {
      const ssize_t count = rd_kafka_consume_batch_queue(queue, 50, messages.data(), messages.size());
      if (count <= 0 && !batch->families.empty()) break;
      for (ssize_t i = 0; i < count; ++i) {
        rd_kafka_message_t* message = messages[i];
        Must(message->err == RD_KAFKA_RESP_ERR_NO_ERROR, rd_kafka_err2str(message->err));
        Parse(*message, arena, *batch);
        batch->next[rd_kafka_topic_name(message->rkt)] = message->offset + 1;
        bytes += static_cast<int64_t>(message->len);
        rd_kafka_message_destroy(message);
        ++read;
      }
    }
    arena.Reset();
    SortBy(batch->families, [](const Family& row) { return row.id; });
    SortBy(batch->persons, [](const Person& row) { return row.id; });
    SortBy(batch->niks, [](const Nik& row) { return row.nik; });
    SortBy(batch->kks, [](const Kk& row) { return row.kk; });
    handover.Give(std::move(batch));
  }
  rd_kafka_queue_destroy(queue);
  rd_kafka_consumer_close(consumer);
  rd_kafka_destroy(consumer);
}

// --- Stage two: write and publish ---

class Statement {
 public:
  Statement(sqlite3* db, const std::string& sql) {
    Must(sqlite3_prepare_v3(db, sql.c_str(), -1, SQLITE_PREPARE_PERSISTENT, &statement_, nullptr) == SQLITE_OK, sqlite3_errmsg(db));
  }
  ~Statement() { sqlite3_finalize(statement_); }
  Statement(const Statement&) = delete;
  Statement& operator=(const Statement&) = delete;

  template <class... Cells>
  void Run(const Cells&... cells) {
    int column = 0;
    (Bind(++column, cells), ...);
    Must(sqlite3_step(statement_) == SQLITE_DONE, sqlite3_errmsg(sqlite3_db_handle(statement_)));
    sqlite3_reset(statement_);
  }

 private:
  void Bind(int column, int64_t value) { sqlite3_bind_int64(statement_, column, value); }
  void Bind(int column, const std::string& value) {
    sqlite3_bind_text(statement_, column, value.data(), static_cast<int>(value.size()), SQLITE_STATIC);
  }
  sqlite3_stmt* statement_ = nullptr;
};

class Database {
 public:
  explicit Database(const std::string& file) {
    CreateTables(file);
    Must(sqlite3_open_v2(file.c_str(), &db_, SQLITE_OPEN_READWRITE | SQLITE_OPEN_NOMUTEX, nullptr) == SQLITE_OK, file);
    Execute("PRAGMA cache_size=-65536; PRAGMA synchronous=FULL; PRAGMA wal_autocheckpoint=0; PRAGMA secure_delete=FAST");
    sqlite3_wal_hook(
        db_, [](void* pages, sqlite3*, const char*, int count) { return *static_cast<int*>(pages) = count, SQLITE_OK; },
        &log_pages_);
    const std::string version = absl::StrCat(store::kVersionColumn, ") VALUES");
    const auto prepare = [&](const std::string& sql) { return std::make_unique<Statement>(db_, sql); };
    family_ = prepare(
        "INSERT INTO family(version,review_on,family_id,province,local_family_ref,kk,village,reported_at_us,"
        "content_hash,member_ids,components," +
        version + "(1,0,?,?,?,?,?,?,?,?,?,1)");
    ref_ = prepare("INSERT INTO local_ref(province,local_family_ref,family_id," + version + "(?,?,?,1)");
    kk_ = prepare("INSERT INTO kk(kk,family_id," + version + "(?,?,1)");
    nik_ = prepare("INSERT INTO nik(nik,person_id,family_id," + version + "(?,?,?,1)");
    person_ = prepare("INSERT INTO person(person_id,family_id,nik,name,birth_date,traits," + version + "(?,?,?,?,?,?,1)");
    input_ = prepare("INSERT OR REPLACE INTO flow_input(\"partition\",last_hash,day,last_day,topic,next_offset," + version +
                     "(0,0,0,0,?,?,1)");
  }

  void Write(Batch& batch) {
    Execute("BEGIN IMMEDIATE");
    const std::string members("\2\4\6\10", 4);
    for (const Family& f : batch.families) {
      family_->Run(f.id, f.province, f.ref, f.kk, f.village, f.reported_at, f.hash, members, f.components);
    }
    for (const Person& p : batch.persons) person_->Run(p.id, p.family, p.nik, p.name, p.birth, p.traits);
    std::vector<const Family*> by_ref;
    for (const Family& f : batch.families) by_ref.push_back(&f);
    SortBy(by_ref, [](const Family* f) { return std::tie(f->province, f->ref); });
    for (const Family* f : by_ref) ref_->Run(f->province, f->ref, f->id);
    for (const Kk& k : batch.kks) kk_->Run(k.kk, k.family);
    for (const Nik& n : batch.niks) nik_->Run(n.nik, n.person, n.family);
    for (const auto& [topic, next] : batch.next) input_->Run(topic, next);
    Execute("COMMIT");
    if (log_pages_ > kLogPages) sqlite3_wal_checkpoint_v2(db_, nullptr, SQLITE_CHECKPOINT_PASSIVE, nullptr, nullptr);
  }

 private:
  static void CreateTables(const std::string& file) {
    auto database = store::Open({.url = absl::StrCat("sqlite:", file)});
    Must(database.ok(), std::string(database.status().message()));
    store::Schema schema{.tables = flow::FlowTables()};
    for (const store::TableSpec* table : registry::Tables()) schema.tables.push_back(table);
    const absl::Status status = (*database)->Migrate(schema);
    Must(status.ok(), std::string(status.message()));
  }
  void Execute(const char* sql) { Must(sqlite3_exec(db_, sql, nullptr, nullptr, nullptr) == SQLITE_OK, sqlite3_errmsg(db_)); }

  sqlite3* db_ = nullptr;  // open to the end of the process
  int log_pages_ = 0;
  std::unique_ptr<Statement> family_, ref_, kk_, nik_, person_, input_;
};

class Publisher {
 public:
  explicit Publisher(const std::string& brokers)
      : producer_(NewClient(RD_KAFKA_PRODUCER, {{"bootstrap.servers", brokers},
                                                {"enable.idempotence", "true"},
                                                {"compression.codec", "lz4"},
                                                {"linger.ms", "5"},
                                                {"queue.buffering.max.messages", "1000000"}})),
        facts_(rd_kafka_topic_new(producer_, "registry.facts.v1", nullptr)) {}

  void Publish(const Batch& batch) {
    time_ = absl::FormatTime("%Y-%m-%dT%H:%M:%E3SZ", absl::Now(), absl::UTCTimeZone());
    std::map<int64_t, province::v1::OutcomesReported> outcomes;
    registry::v1::FamilyRegistered fact;
    for (const Family& family : batch.families) {
      fact.Clear();
      type::v1::FactInfo& info = *fact.mutable_info();
      info.set_family_id(family.id);
      info.set_version(1);
      info.set_village(static_cast<uint64_t>(family.village));
      info.mutable_recorded_day()->set_year(2020);
      info.mutable_recorded_day()->set_month(6);
      info.mutable_recorded_day()->set_day(24);
      fact.set_members(static_cast<int32_t>(family.members));
      fact.mutable_components()->set_primary_school(2);
      fact.SerializeToString(&value_);
      const std::string key = std::to_string(family.id);
      const auto partition = static_cast<int32_t>(family.id / 256 % kFactPartitions);
      Send(facts_, partition, absl::StrCat("registry.facts.v1-", partition), key, "berdaya.registry.v1.FamilyRegistered");
      province::v1::ReportOutcome& outcome = *outcomes[family.province].add_outcomes();
      outcome.set_offset(family.offset);
      outcome.set_ce_id(family.ce_id);
      outcome.set_report_id(family.report_id);
      outcome.set_local_family_ref(family.ref);
      outcome.set_family_id(family.id);
      outcome.set_status(province::v1::REPORT_STATUS_REGISTERED);
    }
    for (auto& [province, all] : outcomes) SendOutcomes(province, all);
    rd_kafka_poll(producer_, 0);
  }
  void Finish() { Must(rd_kafka_flush(producer_, 60'000) == RD_KAFKA_RESP_ERR_NO_ERROR, "not everything was acknowledged"); }

 private:
  static constexpr int kOutcomesARecord = 500;

  void SendOutcomes(int64_t province, province::v1::OutcomesReported& all) {
    rd_kafka_topic_t*& topic = replies_[province];
    const std::string name = absl::StrCat("province.", province, ".replies.v1");
    if (topic == nullptr) topic = rd_kafka_topic_new(producer_, name.c_str(), nullptr);
    province::v1::OutcomesReported part;
    for (int from = 0; from < all.outcomes_size(); from += kOutcomesARecord) {
      part.Clear();
      part.set_province(static_cast<int32_t>(province));
      const int to = std::min(all.outcomes_size(), from + kOutcomesARecord);
      for (int i = from; i < to; ++i) part.add_outcomes()->Swap(all.mutable_outcomes(i));
      part.SerializeToString(&value_);
      Send(topic, 0, absl::StrCat(name, "-0"), std::to_string(province), "berdaya.province.v1.OutcomesReported");
    }
  }

  void Send(rd_kafka_topic_t* topic, int32_t partition, const std::string& prefix, const std::string& key, const char* type) {
    const std::string sequence = std::to_string(++sequence_);
    rd_kafka_headers_t* headers = rd_kafka_headers_new(10);
    const auto add = [&](const char* name, std::string_view text) {
      rd_kafka_header_add(headers, name, -1, text.data(), static_cast<ssize_t>(text.size()));
    };
    add("ce_specversion", "1.0");
    add("ce_id", absl::StrCat(prefix, "-0-", sequence));
    add("ce_source", "berdaya/registry");
    add("ce_type", type);
    add("ce_time", time_);
    add("ce_subject", key);
    add("content-type", "application/protobuf");
    add("ce_epoch", "0");
    add("ce_sequence", sequence);
    while (rd_kafka_producev(producer_, RD_KAFKA_V_RKT(topic), RD_KAFKA_V_PARTITION(partition),
                             RD_KAFKA_V_KEY(key.data(), key.size()), RD_KAFKA_V_VALUE(value_.data(), value_.size()),
                             RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_HEADERS(headers),
                             RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL) {
      rd_kafka_poll(producer_, 100);
    }
  }

  rd_kafka_t* const producer_;  // to the end of the process
  rd_kafka_topic_t* const facts_;
  std::map<int64_t, rd_kafka_topic_t*> replies_;
  std::string time_, value_;
  int64_t sequence_ = 0;
};

int Main(int argc, char** argv) {
  std::map<std::string, std::string> options;
  for (int i = 1; i < argc; ++i) {
    const std::vector<std::string> pair = absl::StrSplit(argv[i], absl::MaxSplits('=', 1));
    if (pair.size() == 2) options[pair[0]] = pair[1];
  }
  int64_t families = 0;
  if (options["--brokers"].empty() || options["--db"].empty() || !absl::SimpleAtoi(options["--families"], &families) ||
      families < 1) {
    std::cerr << kUsage;
    return 2;
  }
  Database database(options["--db"]);
  Publisher publisher(options["--brokers"]);
  Handover handover;
  absl::Time began;
  std::thread reader(ReadAll, options["--brokers"], families, std::ref(handover));
  for (int64_t taken = 0; taken < families;) {
    const std::unique_ptr<Batch> batch = handover.Take();
    if (taken == 0) began = absl::Now();
    database.Write(*batch);
    publisher.Publish(*batch);
    taken += static_cast<int64_t>(batch->families.size());
  }
  publisher.Finish();
  reader.join();
  std::cout << "floor: " << families << " families, seconds: " << absl::ToDoubleSeconds(absl::Now() - began) << std::endl;
  return 0;
}

}  // namespace
}  // namespace berdaya

int main(int argc, char** argv) { return berdaya::Main(argc, argv); }
