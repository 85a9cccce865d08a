#include "tools/simulation/ledger.h"

#include <stdio.h>

#include <algorithm>
#include <fstream>
#include <iterator>
#include <sstream>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace berdaya::simulation {
namespace {

// Lines of numbers behind one letter. Texts stand last on a line of their own kind, with tabs between.
class Writer {
 public:
  explicit Writer(FILE* file) : file_(file) {}
  template <class... Numbers>
  void Line(char letter, Numbers... numbers) {
    buffer_.push_back(letter);
    (Add(static_cast<int64_t>(numbers)), ...);
    buffer_.push_back('\n');
    if (buffer_.size() > 1 << 20) Flush();
  }
  void Text(char letter, const std::vector<std::string>& texts) {
    buffer_.push_back(letter);
    for (const std::string& text : texts) absl::StrAppend(&buffer_, "\t", text);
    buffer_.push_back('\n');
  }
  bool Flush() {
    good_ = good_ && fwrite(buffer_.data(), 1, buffer_.size(), file_) == buffer_.size();
    buffer_.clear();
    return good_;
  }

 private:
  void Add(int64_t number) { absl::StrAppend(&buffer_, " ", number); }
  FILE* file_;
  std::string buffer_;
  bool good_ = true;
};

void Write(const Household& household, Writer& out) {
  out.Line('H', household.kk, household.village);
  for (const Member& m : household.members) {
    out.Line('P', m.nik, m.birth, m.name, m.sex, m.relation, m.schooling, m.pregnant, m.disabled, m.recipient);
  }
}

void Write(const Record& r, Writer& out) {
  out.Line('R', static_cast<int>(r.kind), static_cast<int>(r.fault), r.detail, r.province, static_cast<int>(r.programme), r.officer,
           r.family, r.household, r.repeats, r.office, r.village, r.occurred_on, r.reported_at_us, r.case_id, r.offset);
}

void Write(const MouTerms& mou, Writer& out) {
  out.Text('U', {mou.partner_id, mou.partner_name, mou.mou_number});
  out.Line('V', mou.signed_on, mou.capacity);
  for (uint64_t area : mou.areas) out.Line('A', area);
}

// The numbers of one line.
class Fields {
 public:
  explicit Fields(const std::string& line) : at_(line.c_str() + 1) {}
  template <class T>
  Fields& operator>>(T& value) {
    char* end = nullptr;
    const int64_t number = strtoll(at_, &end, 10);
    good_ = good_ && end != at_;
    at_ = end;
    value = static_cast<T>(number);
    return *this;
  }
  bool good() const { return good_; }

 private:
  const char* at_;
  bool good_ = true;
};

bool ReadLine(const std::string& line, Ledger& ledger) {
  Fields in(line);
  switch (line[0]) {
    case 'L': {
      int64_t milliseconds = 0;
      in >> ledger.seed >> milliseconds >> ledger.complete;
      ledger.seconds = static_cast<double>(milliseconds) / 1000;
      break;
    }
    case 'F': {
      Family& f = ledger.families.emplace_back();
      in >> f.province >> f.family_id;
      break;
    }
    case 'H': {
      Household& h = ledger.households.emplace_back();
      in >> h.kk >> h.village;
      break;
    }
    case 'P': {
      if (ledger.households.empty()) return false;
      Member& m = ledger.households.back().members.emplace_back();
      in >> m.nik >> m.birth >> m.name >> m.sex >> m.relation >> m.schooling >> m.pregnant >> m.disabled >> m.recipient;
      break;
    }
    case 'R': {
      Record& r = ledger.records.emplace_back();
      in >> r.kind >> r.fault >> r.detail >> r.province >> r.programme >> r.officer >> r.family >> r.household >> r.repeats >>
          r.office >> r.village >> r.occurred_on >> r.reported_at_us >> r.case_id >> r.offset;
      break;
    }
    case 'D': {
      Decision& d = ledger.decisions.emplace_back();
      in >> d.family >> d.programme >> d.enrolled >> d.starts_on >> d.status;
      break;
    }
    case 'M': {
      Mentoring& m = ledger.mentorings.emplace_back();
      in >> m.family >> m.case_id >> m.day >> m.milestone >> m.accepted;
      break;
    }
    case 'U': {
      MouTerms& mou = ledger.mous.emplace_back();
      std::istringstream texts(line.substr(2));
      std::getline(texts, mou.partner_id, '\t');
      std::getline(texts, mou.partner_name, '\t');
      std::getline(texts, mou.mou_number, '\t');
      break;
    }
    case 'V': {
      if (ledger.mous.empty()) return false;
      MouTerms& mou = ledger.mous.back();
      in >> mou.signed_on >> mou.capacity;
      break;
    }
    case 'A':
      if (ledger.mous.empty()) return false;
      in >> ledger.mous.back().areas.emplace_back();
      break;
    case 'S': {
      Step& s = ledger.steps.emplace_back();
      in >> s.what >> s.begin >> s.end >> s.first >> s.last;
      break;
    }
    default:
      return false;
  }
  return in.good();
}

}  // namespace

const char* FaultName(Fault fault) {
  constexpr const char* kNames[kFaults] = {
      "none", "bad NIK", "unknown region", "another province's family", "repeated report", "undecodable bytes"};
  return kNames[static_cast<int>(fault)];
}

Day Ledger::LastDay() const {
  Day last = 0;
  for (const Step& step : steps) {
    if (step.what == Step::What::kDays) last = std::max(last, step.last);
  }
  return last;
}

std::string RefOf(int province, uint32_t family) { return absl::StrFormat("k%02d-%06d", province, family); }

uint32_t FamilyOf(const std::string& ref) {
  uint32_t family = kNone;
  if (ref.size() < 5 || ref[0] != 'k' || ref[3] != '-' || !absl::SimpleAtoi(ref.substr(4), &family)) return kNone;
  return family;
}

std::string OfficerOf(const Record& record) { return absl::StrCat("petugas-", record.office / 1'000'000, "-", record.officer); }

absl::Status Save(const Ledger& ledger, const std::string& path) {
  FILE* file = fopen(path.c_str(), "w");
  if (file == nullptr) return absl::InvalidArgumentError(absl::StrCat("cannot write the ledger ", path));
  Writer out(file);
  out.Line('L', ledger.seed, static_cast<int64_t>(ledger.seconds * 1000), ledger.complete);
  for (const Family& f : ledger.families) out.Line('F', f.province, f.family_id);
  for (const Household& household : ledger.households) Write(household, out);
  for (const Record& record : ledger.records) Write(record, out);
  for (const Decision& d : ledger.decisions)
    out.Line('D', d.family, static_cast<int>(d.programme), d.enrolled, d.starts_on, d.status);
  for (const Mentoring& m : ledger.mentorings) out.Line('M', m.family, m.case_id, m.day, m.milestone, m.accepted);
  for (const MouTerms& mou : ledger.mous) Write(mou, out);
  for (const Step& s : ledger.steps) out.Line('S', static_cast<int>(s.what), s.begin, s.end, s.first, s.last);
  const bool good = out.Flush();
  if (fclose(file) != 0 || !good) return absl::DataLossError(absl::StrCat("the ledger ", path, " could not be written whole"));
  return absl::OkStatus();
}

absl::StatusOr<Ledger> Load(const std::string& path) {
  std::ifstream file(path);
  if (!file) return absl::NotFoundError(absl::StrCat("cannot read the ledger ", path));
  Ledger ledger;
  int64_t number = 0;
  for (std::string line; std::getline(file, line);) {
    ++number;
    if (line.empty() || !ReadLine(line, ledger))
      return absl::InvalidArgumentError(absl::StrCat(path, ":", number, ": not a line of a ledger"));
  }
  return ledger;
}

}  // namespace berdaya::simulation
