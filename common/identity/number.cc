#include "common/identity/number.h"

#include <cstddef>

namespace berdaya::identity {
namespace {

constexpr uint64_t kSerials = 10'000;
constexpr uint64_t kDates = 1'000'000;
constexpr int kFemaleDay = 40;

// The date part of a number, as its digits say it.
struct DateDigits {
  int day = 0;
  int month = 0;
  int year = 0;
};

constexpr DateDigits DateOf(uint64_t number) {
  const int date = static_cast<int>(number / kSerials % kDates);
  return {date / 10'000, date / 100 % 100, date % 100};
}

// True if the day exists in some century. Year 00 had its 29 February in 2000, so a year divisible by four may be a leap year.
constexpr bool ExistsInSomeCentury(const DateDigits& date) {
  constexpr int kDays[] = {31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
  if (date.month < 1 || date.month > 12 || date.day < 1 || date.day > kDays[date.month - 1]) return false;
  return date.month != 2 || date.day < 29 || date.year % 4 == 0;
}

NumberError Check(uint64_t number, NumberKind kind) {
  constexpr uint64_t kLeast = 1'000'000'000'000'000;
  // A number of 15 digits or less would begin with a zero; no province does.
  if (number < kLeast || number >= 10 * kLeast) return NumberError::kNot16Digits;
  if (number / (kLeast / 10) < 11) return NumberError::kImpossibleProvince;
  DateDigits date = DateOf(number);
  if (kind == NumberKind::kNik && date.day > kFemaleDay) date.day -= kFemaleDay;
  if (!ExistsInSomeCentury(date)) return NumberError::kImpossibleDate;
  if (number % kSerials == 0) return NumberError::kSerialZero;
  return NumberError::kNone;
}

constexpr Explanation kExplanations[2][5] = {
    {{},
     {"nik_not_16_digits", "NIK harus 16 angka; periksa KTP-el atau kartu keluarga, dan kosongkan bila belum ada.",
      "A NIK has 16 digits; check the identity card or the family card, and leave it empty where there is none."},
     {"nik_impossible_province", "Dua angka pertama NIK bukan kode provinsi (11 sampai 99); periksa kembali NIK.",
      "The first two digits of the NIK are no province code (11 to 99); check the NIK."},
     {"nik_impossible_date", "Angka ke-7 sampai ke-12 NIK bukan tanggal lahir yang mungkin; periksa kembali NIK.",
      "Digits 7 to 12 of the NIK are no possible date of birth; check the NIK."},
     {"nik_serial_zero",
      "Empat angka terakhir NIK tidak boleh 0000; bila berasal dari lembar kerja, ekspor ulang kolomnya sebagai teks.",
      "The last four digits of a NIK are never 0000; if it comes from a spreadsheet, export the column again as text."}},
    {{},
     {"kk_not_16_digits", "Nomor KK harus 16 angka; periksa kartu keluarga, dan kosongkan bila belum ada.",
      "A KK number has 16 digits; check the family card, and leave it empty where there is none."},
     {"kk_impossible_province", "Dua angka pertama nomor KK bukan kode provinsi (11 sampai 99); periksa kembali nomor KK.",
      "The first two digits of the KK number are no province code (11 to 99); check the KK number."},
     {"kk_impossible_date", "Angka ke-7 sampai ke-12 nomor KK bukan tanggal terbit yang mungkin; periksa kembali nomor KK.",
      "Digits 7 to 12 of the KK number are no possible date of issue; check the KK number."},
     {"kk_serial_zero",
      "Empat angka terakhir nomor KK tidak boleh 0000; bila berasal dari lembar kerja, ekspor ulang kolomnya sebagai teks.",
      "The last four digits of a KK number are never 0000; if it comes from a spreadsheet, export the column again as text."}},
};

uint64_t Synthetic(region::RegionCode region, calendar::Day day, int add_to_day, uint64_t serial) {
  const calendar::Ymd ymd = day.ToYmd();
  const uint64_t district = static_cast<uint64_t>(region.ToCell()) / 10'000;
  const uint64_t date = static_cast<uint64_t>((ymd.day + add_to_day) * 10'000 + ymd.month * 100 + ymd.year % 100);
  return (district * kDates + date) * kSerials + (serial + kSerials - 2) % (kSerials - 1) + 1;
}

}  // namespace

NikError CheckNik(uint64_t nik) { return Check(nik, NumberKind::kNik); }

KkError CheckKk(uint64_t kk) { return Check(kk, NumberKind::kKk); }

const Explanation& Explain(NumberKind kind, NumberError error) {
  return kExplanations[static_cast<size_t>(kind)][static_cast<size_t>(error)];
}

NikParts Inspect(uint64_t nik) {
  const DateDigits date = DateOf(nik);
  const bool female = date.day > kFemaleDay;
  const int64_t district = static_cast<int64_t>(nik / (kSerials * kDates)) * 10'000;
  NikParts parts;
  if (region::RegionCode::HasForm(district)) parts.district = region::RegionCode::FromCell(district).At(region::Level::kDistrict);
  parts.birth_day = female ? date.day - kFemaleDay : date.day;
  parts.birth_month = date.month;
  parts.birth_year_of_century = date.year;
  parts.sex = female ? Sex::kFemale : Sex::kMale;
  parts.serial = static_cast<int>(nik % kSerials);
  return parts;
}

bool AgreesWith(uint64_t nik, calendar::Day birth_date, Sex sex) {
  const NikParts parts = Inspect(nik);
  const calendar::Ymd birth = birth_date.ToYmd();
  return (sex == Sex::kUnknown || sex == parts.sex) && parts.birth_day == birth.day && parts.birth_month == birth.month &&
         parts.birth_year_of_century == birth.year % 100;
}

uint64_t SyntheticNik(region::RegionCode region, calendar::Day birth_date, Sex sex, uint64_t serial) {
  return Synthetic(region, birth_date, sex == Sex::kFemale ? kFemaleDay : 0, serial);
}

uint64_t SyntheticKk(region::RegionCode region, calendar::Day issued_on, uint64_t serial) {
  return Synthetic(region, issued_on, 0, serial);
}

}  // namespace berdaya::identity
