#include "services/reporting/http/texts.h"

#include "absl/strings/str_cat.h"

namespace berdaya::reporting {
namespace {

constexpr Texts kIndonesian = {
    .lang = "id",
    .other_lang = "en",
    .other_name = "English",
    .title = "Berdaya",
    .tagline = "Dari bantuan sosial menuju pemberdayaan",
    .skip = "Langsung ke tabel",
    .path_label = "Wilayah",
    .month_label = "Bulan",
    .headlines_label = "Angka utama",
    .as_of = "Keadaan sampai",
    .at_end_of = "Keadaan akhir",
    .no_event = "Belum ada data yang diterima",
    .this_month = "bulan ini",
    .by_province = "Menurut provinsi",
    .by_regency = "Menurut kabupaten/kota",
    .by_district = "Menurut kecamatan",
    .region = "Wilayah",
    .total = "Jumlah",
    .own_offices = "Tidak dirinci menurut wilayah",
    .scroll = "Tabel dapat digeser ke samping",
    .note_stock = "Graduasi, uang terpisah, dan laporan ditolak dihitung sejak awal; angka lain adalah keadaan pada akhir bulan.",
    .note_numbers = "Titik memisahkan ribuan: 1.234.567.",
    .note_people = "Program menghitung keluarga, bukan orang.",
    .fresh_day = "Hari berjalan:",
    .fresh_no_day = "Belum ada hari yang dibuka",
    .fresh_waiting = "Catatan yang belum dibaca:",
    .fresh_unknown = "tidak diketahui",
    .fresh_made = "Halaman dibuat",
    .not_found = "Wilayah ini tidak ditemukan",
    .bad_month = "Bulan ditulis seperti 2020-06",
    .unavailable = "Angka sedang tidak dapat dibaca; coba lagi sebentar lagi",
    .to_nation = "Ke angka nasional",
    .months = {"Januari", "Februari", "Maret", "April", "Mei", "Juni", "Juli", "Agustus", "September", "Oktober", "November",
               "Desember"},
    .columns = {{{"Terdaftar", {{{v1::INDICATOR_FAMILIES, "Keluarga"}, {v1::INDICATOR_MEMBERS, "Anggota keluarga"}}}},
                 {"Keluarga penerima aktif", {{{v1::INDICATOR_PKH_ACTIVE, "PKH"}, {v1::INDICATOR_SEMBAKO_ACTIVE, "Sembako"}}}},
                 {"Graduasi PKH",
                  {{{v1::INDICATOR_GRADUATED_NATURAL, "Alamiah"},
                    {v1::INDICATOR_GRADUATED_SELF_RELIANT, "Mandiri"},
                    {v1::INDICATOR_GRADUATED_TIME_LIMIT, "Batas waktu"}}}},
                 {"Pendampingan usaha",
                  {{{v1::INDICATOR_CASES_WAITING, "Menunggu mitra"},
                    {v1::INDICATOR_CASES_MATCHED, "Sudah bermitra"},
                    {v1::INDICATOR_CASES_MENTORED, "Didampingi"},
                    {v1::INDICATOR_MONEY_SEPARATED, "Uang terpisah"}}}},
                 {"Laporan", {{{v1::INDICATOR_REPORTS_REJECTED, "Ditolak"}}}}}},
    .headlines = {{{"Keluarga terdaftar", {v1::INDICATOR_FAMILIES}},
                   {"Aktif di PKH", {v1::INDICATOR_PKH_ACTIVE}},
                   {"Aktif di Sembako", {v1::INDICATOR_SEMBAKO_ACTIVE}},
                   {"Graduasi PKH",
                    {v1::INDICATOR_GRADUATED_NATURAL, v1::INDICATOR_GRADUATED_SELF_RELIANT, v1::INDICATOR_GRADUATED_TIME_LIMIT}},
                   {"Usaha didampingi", {v1::INDICATOR_CASES_MENTORED}},
                   {"Menunggu mitra", {v1::INDICATOR_CASES_WAITING}}}},
};

constexpr Texts kEnglish = {
    .lang = "en",
    .other_lang = "",
    .other_name = "Bahasa Indonesia",
    .title = "Berdaya",
    .tagline = "From social aid to empowerment",
    .skip = "Skip to the table",
    .path_label = "Region",
    .month_label = "Month",
    .headlines_label = "Main figures",
    .as_of = "As of",
    .at_end_of = "At the end of",
    .no_event = "No data has been received yet",
    .this_month = "this month",
    .by_province = "By province",
    .by_regency = "By regency and city",
    .by_district = "By district",
    .region = "Region",
    .total = "Total",
    .own_offices = "Not broken down by region",
    .scroll = "The table scrolls sideways",
    .note_stock =
        "Graduations, money kept apart and rejected reports are counted from the start; other figures are as at the end of the "
        "month.",
    .note_numbers = "Numbers in the Indonesian form: a point separates thousands, 1.234.567.",
    .note_people = "Programmes count families, not people.",
    .fresh_day = "Current national day:",
    .fresh_no_day = "No day has been opened yet",
    .fresh_waiting = "Records not yet read:",
    .fresh_unknown = "not known",
    .fresh_made = "Page made on",
    .not_found = "This region was not found",
    .bad_month = "A month is written like 2020-06",
    .unavailable = "The figures cannot be read just now; try again in a moment",
    .to_nation = "To the national figures",
    .months = {"January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November",
               "December"},
    .columns = {{{"Registered", {{{v1::INDICATOR_FAMILIES, "Families"}, {v1::INDICATOR_MEMBERS, "Family members"}}}},
                 {"Families receiving aid", {{{v1::INDICATOR_PKH_ACTIVE, "PKH"}, {v1::INDICATOR_SEMBAKO_ACTIVE, "Sembako"}}}},
                 {"Graduated from PKH",
                  {{{v1::INDICATOR_GRADUATED_NATURAL, "Natural"},
                    {v1::INDICATOR_GRADUATED_SELF_RELIANT, "Self-reliant"},
                    {v1::INDICATOR_GRADUATED_TIME_LIMIT, "Time limit"}}}},
                 {"Enterprise mentoring",
                  {{{v1::INDICATOR_CASES_WAITING, "Waiting for a partner"},
                    {v1::INDICATOR_CASES_MATCHED, "Matched"},
                    {v1::INDICATOR_CASES_MENTORED, "Mentored"},
                    {v1::INDICATOR_MONEY_SEPARATED, "Money kept apart"}}}},
                 {"Reports", {{{v1::INDICATOR_REPORTS_REJECTED, "Rejected"}}}}}},
    .headlines = {{{"Families registered", {v1::INDICATOR_FAMILIES}},
                   {"Active in PKH", {v1::INDICATOR_PKH_ACTIVE}},
                   {"Active in Sembako", {v1::INDICATOR_SEMBAKO_ACTIVE}},
                   {"Graduated from PKH",
                    {v1::INDICATOR_GRADUATED_NATURAL, v1::INDICATOR_GRADUATED_SELF_RELIANT, v1::INDICATOR_GRADUATED_TIME_LIMIT}},
                   {"Enterprises mentored", {v1::INDICATOR_CASES_MENTORED}},
                   {"Waiting for a partner", {v1::INDICATOR_CASES_WAITING}}}},
};

constexpr std::string_view kMinus = "\u2212";

// Without a sign.
std::string Grouped(uint64_t number) {
  std::string digits = std::to_string(number);
  for (int at = static_cast<int>(digits.size()) - 3; at > 0; at -= 3) digits.insert(static_cast<size_t>(at), 1, '.');
  return digits;
}

}  // namespace

int ColumnGroup::size() const {
  int n = 0;
  for (const Column& column : columns) n += column.indicator != v1::INDICATOR_UNSPECIFIED ? 1 : 0;
  return n;
}

const Texts& TextsOf(std::string_view lang) { return lang == "en" ? kEnglish : kIndonesian; }

std::string FormatNumber(int64_t number) {
  if (number >= 0) return Grouped(static_cast<uint64_t>(number));
  return std::string(kMinus) + Grouped(-static_cast<uint64_t>(number));
}

std::string FormatChange(int64_t number) { return number > 0 ? "+" + FormatNumber(number) : FormatNumber(number); }

std::string FormatDay(const Texts& texts, calendar::Day day) {
  return absl::StrCat(day.ToYmd().day, " ", FormatMonth(texts, day.MonthIndex()));
}

std::string FormatMonth(const Texts& texts, int month) {
  return absl::StrCat(std::string(texts.months[static_cast<size_t>(month % 12)]), " ", month / 12);
}

}  // namespace berdaya::reporting
