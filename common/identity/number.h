// The form of Indonesia's identity numbers.
//
// NIK: 16 digits PPKKCC DDMMYY SSSS: the district where it was first issued, the date of birth (for women the day is raised by 40),
// a serial from 0001. KK number (family card): the same with the date of issue, without the 40. (UU 23/2006 art. 13, PP 40/2019.)
//
// A number is a uint64_t; 0 is "none" by the contracts and has not the form, so ask for it first. A good form proves no
// registration. The region of a NIK is where it was first issued, by the codes of that time: it never says where a person lives,
// and a number is never refused because its region is not in a table. Functions here are pure, do not allocate, and may be called
// from all threads.
#ifndef BERDAYA_COMMON_IDENTITY_NUMBER_H_
#define BERDAYA_COMMON_IDENTITY_NUMBER_H_

#include <cstdint>
#include <string_view>

#include "common/calendar/day.h"
#include "common/region/region_code.h"

namespace berdaya::identity {

// As on the family card. The values are those of province.v1.Sex.
enum class Sex : uint8_t { kUnknown = 0, kFemale = 1, kMale = 2 };

enum class NumberKind : uint8_t { kNik, kKk };

// What is wrong with the form of a number; the first fault from left to right.
enum class NumberError : uint8_t { kNone, kNot16Digits, kImpossibleProvince, kImpossibleDate, kSerialZero };
using NikError = NumberError;
using KkError = NumberError;

NikError CheckNik(uint64_t nik);
KkError CheckKk(uint64_t kk);

// What a rejection says: a stable code ("nik_not_16_digits", "kk_serial_zero") and a sentence in Indonesian and English that says
// what to do. Never the number. All empty for kNone.
struct Explanation {
  std::string_view code;
  std::string_view indonesian;
  std::string_view english;
};
const Explanation& Explain(NumberKind kind, NumberError error);

// What a NIK says.
struct NikParts {
  // Level district, as first issued; the nation where the digits are no region code (such as a district 00).
  region::RegionCode district;
  int birth_day = 0;              // 1 to 31, the 40 taken off
  int birth_month = 0;            // 1 to 12
  int birth_year_of_century = 0;  // 0 to 99: the century is not in the number
  Sex sex = Sex::kUnknown;
  int serial = 0;
};

// Only for a number that CheckNik finds good.
NikParts Inspect(uint64_t nik);

// True if a NIK of good form and a recorded birth and sex say the same, in whichever century. An unknown sex agrees with both. A
// disagreement is worth a second look and no reason to reject: the recorded birth date wins.
bool AgreesWith(uint64_t nik, calendar::Day birth_date, Sex sex);

// Invented numbers of good form for tests, demonstrations and the simulator; they are nobody's by intention, but a real number of
// the same digits may exist, so say "synthetic" where they are stored. `region` is a district, or a village inside it; `serial` is
// brought into 1..9999, so that consecutive values differ.
uint64_t SyntheticNik(region::RegionCode region, calendar::Day birth_date, Sex sex, uint64_t serial);
uint64_t SyntheticKk(region::RegionCode region, calendar::Day issued_on, uint64_t serial);

}  // namespace berdaya::identity

#endif  // BERDAYA_COMMON_IDENTITY_NUMBER_H_
