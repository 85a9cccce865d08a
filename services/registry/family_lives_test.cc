// Random lives of families, reported out of order and again, through the engine in batches of random size; compared with a model
// that shares nothing with the registry but the messages. RC_PARAMS="seed=..." replays a run.
#include <algorithm>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "berdaya/registry/v1/facts.pb.h"
#include "common/bus/memory.h"
#include "common/bus/topics.h"
#include "common/flow/engine.h"
#include "common/flow/tables.h"
#include "common/store/typed.h"
#include "gtest/gtest.h"
#include "rapidcheck/gtest.h"
#include "services/registry/testing.h"
#include "services/registry/wiring.h"

namespace berdaya::registry {
namespace {

using province::v1::FamilyReported;
using province::v1::Member;
using province::v1::ReportOutcome;

constexpr int64_t kNowMs = 1'600'000'000'000;
constexpr uint64_t kVillages[] = {3324052001, 3324052002, 3324052003};

// --- The model: who is where, by the rules of the contract ---

struct ModelFamily {
  FamilyReported state;  // the report that holds
  int64_t version = 0;
};

class Model {
 public:
  // The status and code that the province must get.
  std::pair<province::v1::ReportStatus, std::string> Take(const FamilyReported& report) {
    auto known = families_.find(report.local_family_ref());
    if (known != families_.end()) {
      FamilyReported& held = known->second.state;
      if (SecondsOf(report) <= SecondsOf(held)) return {province::v1::REPORT_STATUS_UNCHANGED, ""};
      if (Content(report) == Content(held)) {
        *held.mutable_info() = report.info();
        return {province::v1::REPORT_STATUS_UNCHANGED, ""};
      }
    }
    const std::string& ref = report.local_family_ref();
    if (report.kk_number() != 0 && HeldByAnother(cards_, report.kk_number(), ref)) return Rejected("kk_of_another_family");
    for (const Member& member : report.members()) {
      if (member.nik() != 0 && HeldByAnother(niks_, member.nik(), ref)) return Rejected("nik_of_another_family");
    }
    if (known != families_.end()) Release(known->second.state);
    for (const Member& member : report.members()) {
      if (member.nik() != 0) niks_[member.nik()] = ref;
    }
    if (report.kk_number() != 0) cards_[report.kk_number()] = ref;
    ModelFamily& family = families_[ref];
    family.state = report;
    ++family.version;
    return {family.version == 1 ? province::v1::REPORT_STATUS_REGISTERED : province::v1::REPORT_STATUS_CHANGED, ""};
  }

  const std::map<std::string, ModelFamily>& families() const { return families_; }
  const std::map<uint64_t, std::string>& niks() const { return niks_; }
  const std::map<uint64_t, std::string>& cards() const { return cards_; }

 private:
  static int64_t SecondsOf(const FamilyReported& report) { return report.info().reported_at().seconds(); }
  static std::string Content(FamilyReported report) {
    report.clear_info();
    return report.SerializeAsString();
  }
  static bool HeldByAnother(const std::map<uint64_t, std::string>& held, uint64_t number, const std::string& ref) {
    const auto it = held.find(number);
    return it != held.end() && it->second != ref;
  }
  static std::pair<province::v1::ReportStatus, std::string> Rejected(const char* code) {
    return {province::v1::REPORT_STATUS_REJECTED, code};
  }
  void Release(const FamilyReported& state) {
    for (const Member& member : state.members()) niks_.erase(member.nik());
    cards_.erase(state.kk_number());
  }

  std::map<std::string, ModelFamily> families_;
  std::map<uint64_t, std::string> niks_;   // of members, to their family
  std::map<uint64_t, std::string> cards_;  // to the family that holds the card
};

// --- The registry: the engine over a database, fed from a bus in memory ---

// A family as somebody knows it who reads nothing but facts.
struct Followed {
  int64_t version = 0;
  uint64_t village = 0;
  int members = 0;
  std::string components;
};

class World {
 public:
  World()
      : spec_(Wire(TestEnv())),
        engine_(
            spec_, *database_, [] { return absl::FromUnixMillis(kNowMs); }, [this](auto segments) { Read(segments); }) {
    store::Schema schema = spec_.schema;
    const auto path = flow::FlowTables();
    schema.tables.insert(schema.tables.begin(), path.begin(), path.end());
    RC_ASSERT(database_->Migrate(schema).ok());
    RC_ASSERT(bus_->CreateTopics(spec_.topics).ok());
    RC_ASSERT(engine_.Open().ok());
    consumer_ = *bus_->Subscribe("registry", spec_.inputs, &engine_);
  }

  void Publish(const FamilyReported& report) {
    const std::string topic = bus::ReportsTopic(33);
    const std::string value = report.SerializeAsString();
    const std::string type = report.GetDescriptor()->full_name();
    bus::OutRecord record{.topic = topic, .key = report.local_family_ref(), .value = value};
    record.headers = {.id = "test", .source = "dinas", .type = type};
    RC_ASSERT(bus_->Append(record).ok());
    ++published_;
  }

  // Handles all that was published, at most `most` records a transaction.
  void Handle(int most) {
    for (int idle = 0; static_cast<int>(outcomes.size()) < published_ && idle < 100; ++idle) {
      auto batch = consumer_->Poll(absl::ZeroDuration(), {.max_records = most});
      RC_ASSERT(batch.ok());
      if ((*batch)->records().empty()) continue;
      idle = 0;
      flow::Intake intake = engine_.Decode(*std::move(batch));
      const absl::Status status = engine_.Process(intake, {});
      if (!status.ok()) {
        RC_FAIL(status.ToString());
      }
    }
    RC_ASSERT(static_cast<int>(outcomes.size()) == published_);
  }

  template <class Row>
  std::vector<Row> All() {
    return *store::ScanRows<Row>(**database_->Snapshot(), {.limit = 1'000'000});
  }

  std::vector<ReportOutcome> outcomes;
  std::map<int64_t, Followed> followed;

 private:
  void Read(const std::vector<std::shared_ptr<const flow::Segment>>& segments) {
    for (const auto& segment : segments) {
      flow::SegmentReader reader(segment->payload);
      flow::SegmentRecord record;
      absl::Status status;
      while (reader.Next(record, status)) ReadRecord(record);
      RC_ASSERT(status.ok());
    }
  }
  void ReadRecord(const flow::SegmentRecord& record) {
    if (record.type == province::v1::OutcomesReported::descriptor()->full_name()) {
      province::v1::OutcomesReported part;
      RC_ASSERT(part.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())));
      outcomes.insert(outcomes.end(), part.outcomes().begin(), part.outcomes().end());
    }
    if (record.type == v1::FamilyRegistered::descriptor()->full_name()) Follow<v1::FamilyRegistered>(record, true);
    if (record.type == v1::FamilyChanged::descriptor()->full_name()) Follow<v1::FamilyChanged>(record, false);
  }
  template <class Fact>
  void Follow(const flow::SegmentRecord& record, bool first) {
    Fact fact;
    RC_ASSERT(fact.ParseFromArray(record.value.data(), static_cast<int>(record.value.size())));
    RC_ASSERT(followed.contains(fact.info().family_id()) != first);
    Followed& family = followed[fact.info().family_id()];
    RC_ASSERT(fact.info().version() == family.version + 1);
    family = {fact.info().version(), fact.info().village(), fact.members(), fact.components().SerializeAsString()};
  }

  flow::ServiceSpec spec_;
  std::unique_ptr<store::Database> database_ = *store::Open({.url = "sqlite::memory:"});
  std::unique_ptr<bus::MemoryBus> bus_ = bus::NewMemoryBus({.now_ms = [] { return kNowMs; }});
  flow::Engine engine_;
  std::unique_ptr<bus::Consumer> consumer_;
  int published_ = 0;
};

// --- Lives ---

// Few people, cards and families, so that they meet.
Member RandomMember(bool head) {
  const int who = *rc::gen::inRange(0, 8);
  const calendar::Day birth = calendar::Day::Of(1970, 1, 1) + who * 2000;
  const calendar::Ymd ymd = birth.ToYmd();
  Member member;
  member.set_name(absl::StrCat("Orang ", who));
  SetDate(ymd.year, ymd.month, ymd.day, *member.mutable_birth_date());
  if (*rc::gen::inRange(0, 4) != 0) {
    member.set_nik(identity::SyntheticNik(*region::RegionCode::FromNumber(3324050000), birth, identity::Sex::kFemale, 1 + who));
  }
  member.set_sex(province::v1::SEX_FEMALE);
  member.set_relation(head ? province::v1::RELATION_HEAD : province::v1::RELATION_OTHER);
  member.set_schooling(static_cast<province::v1::Schooling>(*rc::gen::inRange(0, 6)));
  member.set_severe_disability(*rc::gen::inRange(0, 10) == 0);
  return member;
}

FamilyReported RandomReport(int64_t reported_at_s) {
  FamilyReported report;
  FillReportInfo(*report.mutable_info(), reported_at_s);
  report.set_local_family_ref(absl::StrCat("ref-", *rc::gen::inRange(0, 4)));
  report.set_village(kVillages[*rc::gen::inRange(0, 3)]);
  if (const int card = *rc::gen::inRange(0, 6); card != 0) {
    report.set_kk_number(identity::SyntheticKk(*region::RegionCode::FromNumber(3324050000), calendar::Day::Of(2012, 3, 4), card));
  }
  std::set<uint64_t> niks;
  const int members = *rc::gen::inRange(1, 5);
  while (report.members_size() < members) {
    const Member member = RandomMember(report.members_size() == 0);
    if (member.nik() == 0 || niks.insert(member.nik()).second) *report.add_members() = member;
  }
  return report;
}

// The reports of a province as they come: later ones before earlier ones, some again.
std::vector<FamilyReported> RandomLog() {
  std::vector<FamilyReported> log;
  const int reports = *rc::gen::inRange(1, 40);
  for (int i = 0; i < reports; ++i) {
    if (!log.empty() && *rc::gen::inRange(0, 5) == 0) {
      log.push_back(log[*rc::gen::inRange<size_t>(0, log.size())]);  // the same record again
    } else if (!log.empty() && *rc::gen::inRange(0, 8) == 0) {
      log.push_back(log[*rc::gen::inRange<size_t>(0, log.size())]);  // the same state, found again later
      log.back().mutable_info()->mutable_reported_at()->set_seconds(1'593'000'000 + 2 * i + 1);
    } else {
      log.push_back(RandomReport(1'593'000'000 + 2 * i));
    }
  }
  for (size_t i = 1; i < log.size(); ++i) {
    if (*rc::gen::inRange(0, 3) == 0) std::swap(log[i], log[*rc::gen::inRange<size_t>(0, i)]);
  }
  return log;
}

// The registry gives people back as they were reported, in that order.
void CompareFamily(World& world, const FamilyRow& row, const ModelFamily& expected, const std::map<int64_t, PersonRow>& persons) {
  RC_ASSERT(row.version == expected.version);
  RC_ASSERT(static_cast<uint64_t>(row.village.ToCell()) == expected.state.village());
  RC_ASSERT(static_cast<uint64_t>(row.kk) == expected.state.kk_number());
  const std::vector<int64_t> ids = UnpackIds(row.family_id, row.member_ids);
  RC_ASSERT(static_cast<int>(ids.size()) == expected.state.members_size());
  for (size_t i = 0; i < ids.size(); ++i) {
    const PersonRow& person = persons.at(ids[i]);
    const Member& member = expected.state.members(static_cast<int>(i));
    RC_ASSERT(person.family_id == row.family_id);
    RC_ASSERT(static_cast<uint64_t>(person.nik) == member.nik());
    RC_ASSERT(person.name == member.name());
    RC_ASSERT(person.traits.schooling == member.schooling());
  }
  // Who reads only facts knows the same.
  const Followed& followed = world.followed.at(row.family_id);
  type::v1::Components components;
  row.components.ToProto(components);
  RC_ASSERT(followed.version == row.version);
  RC_ASSERT(followed.village == expected.state.village());
  RC_ASSERT(followed.members == expected.state.members_size());
  RC_ASSERT(followed.components == components.SerializeAsString());
}

RC_GTEST_PROP(FamilyLives, EndAsTheModelSaysAndNobodyIsLostOrInTwoPlaces, ()) {
  World world;
  Model model;
  size_t answered = 0;
  size_t people_before = 0;
  const std::vector<FamilyReported> log = RandomLog();
  for (size_t next = 0; next < log.size();) {
    std::vector<std::pair<province::v1::ReportStatus, std::string>> expected;
    for (size_t n = *rc::gen::inRange<size_t>(1, 12); n > 0 && next < log.size(); --n, ++next) {
      expected.push_back(model.Take(log[next]));
      world.Publish(log[next]);
    }
    world.Handle(*rc::gen::inRange(1, 12));
    for (const auto& [status, code] : expected) {
      RC_ASSERT(world.outcomes[answered].status() == status);
      RC_ASSERT(world.outcomes[answered].code() == code);
      RC_ASSERT(world.outcomes[answered].offset() == static_cast<int64_t>(answered));
      ++answered;
    }

    // Nobody is lost: persons are never erased, and each is where its family says.
    std::map<int64_t, PersonRow> persons;
    for (const PersonRow& person : world.All<PersonRow>()) persons[person.person_id] = person;
    RC_ASSERT(persons.size() >= people_before);
    people_before = persons.size();
    std::set<int64_t> housed;
    const std::vector<FamilyRow> families = world.All<FamilyRow>();
    RC_ASSERT(families.size() == model.families().size());
    RC_ASSERT(world.followed.size() == model.families().size());
    for (const FamilyRow& family : families) {
      CompareFamily(world, family, model.families().at(family.local_family_ref), persons);
      for (const int64_t id : UnpackIds(family.family_id, family.member_ids)) RC_ASSERT(housed.insert(id).second);
    }
    for (const auto& [id, person] : persons) RC_ASSERT((person.family_id != 0) == housed.contains(id));

    // A NIK and a card belong to one.
    std::map<int64_t, int64_t> person_of_nik;
    for (const auto& [id, person] : persons) {
      if (person.nik == 0) continue;
      RC_ASSERT(person_of_nik.emplace(person.nik, id).second);
    }
    const std::vector<NikRow> niks = world.All<NikRow>();
    RC_ASSERT(niks.size() == person_of_nik.size());
    size_t in_families = 0;
    for (const NikRow& nik : niks) {
      RC_ASSERT(person_of_nik.at(nik.nik) == nik.person_id);
      RC_ASSERT(persons.at(nik.person_id).family_id == nik.family_id);
      in_families += nik.family_id != 0;
    }
    RC_ASSERT(in_families == model.niks().size());
    const std::vector<KkRow> cards = world.All<KkRow>();
    RC_ASSERT(cards.size() == model.cards().size());
    for (const KkRow& card : cards) RC_ASSERT(model.cards().contains(static_cast<uint64_t>(card.kk)));
  }
}

}  // namespace
}  // namespace berdaya::registry
