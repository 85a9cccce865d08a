#include "services/registry/domain/rejections.h"

#include <algorithm>
#include <vector>

#include "common/identity/number.h"

namespace berdaya::registry {
namespace {

constexpr Rejection kGeneral = {"invalid", "Laporan tidak dapat diterima; periksa bidang yang disebut lalu kirim kembali.",
                                "The report cannot be accepted; check the field named and send it again."};

constexpr Rejection kOwn[] = {
    {"birth_date_after_report", "Tanggal lahir sesudah tanggal kejadian; periksa kedua tanggal.",
     "The birth date lies after the day reported; check both dates."},
    {"birth_date_invalid", "Tanggal lahir tidak ada atau bukan tanggal; isi tahun, bulan, dan hari.",
     "The birth date is missing or no date; give year, month and day."},
    {"case_not_open", "Kasus ini tidak menunggu keputusan; lihat pemberitahuan terakhir untuk keluarga ini.",
     "This case awaits no decision; see the last notice on this family."},
    {"case_unknown", "Nomor kasus tidak dikenal untuk keluarga ini; pakai nomor dari pemberitahuan GraduationProposed.",
     "The case is not known for this family; use the case_id of the notice GraduationProposed."},
    {"decided_before_proposal", "Putusan bertanggal sebelum usul yang kini terbuka; putuskan usul ini dan beri tanggal yang benar.",
     "The decision is dated before the proposal that is open now; decide on this one, with its own date."},
    {"discarded", "Laporan tidak dapat diperbaiki dan dibuang oleh operator; kirim laporan baru.",
     "The report could not be repaired and was discarded by an operator; send a new one."},
    {"family_of_another_office",
     "Keluarga ini tinggal di luar wilayah kantor pelapor; minta dinas sosial provinsi melaporkan perpindahannya.",
     "The family lives outside the region of the reporting office; ask the dinas of the province to report the move."},
    {"family_unknown", "Keluarga belum terdaftar; kirim FamilyReported lebih dahulu.",
     "The family is not registered; send FamilyReported first."},
    {"head_count", "Harus ada tepat satu kepala keluarga.", "There must be exactly one head of the family."},
    {"kk_of_another_family", "Nomor KK sudah dipakai keluarga lain; periksa kartu keluarga.",
     "The KK number is held by another family; check the family card."},
    {"letter_number_invalid", "Nomor surat keputusan wajib diisi, paling panjang 64 huruf.",
     "The number of the letter of decision is required, 64 characters at most."},
    {"local_family_ref_invalid", "Rujukan keluarga wajib diisi, paling panjang 64 huruf.",
     "The family reference is required, 64 characters at most."},
    {"members_count", "Keluarga harus memiliki 1 sampai 40 anggota.", "A family must have 1 to 40 members."},
    {"name_invalid", "Nama wajib diisi, paling panjang 100 huruf.", "The name is required, 100 characters at most."},
    {"nik_of_another_family", "NIK ini tercatat pada keluarga lain; periksa NIK atau laporkan perpindahan anggota.",
     "This NIK is recorded in another family; check it, or report that the member moved."},
    {"nik_twice", "Dua anggota memakai NIK yang sama.", "Two members have the same NIK."},
    {"not_in_pkh", "Keluarga ini tidak sedang menerima PKH.", "This family does not take part in PKH."},
    {"occurred_on_in_future", "Tanggal kejadian sesudah laporan dibuat.", "The day reported lies after the report."},
    {"occurred_on_invalid", "Tanggal kejadian tidak ada atau bukan tanggal.", "The day reported is missing or no date."},
    {"office_may_not_decide", "Kelulusan diputuskan oleh dinas sosial kabupaten/kota; kirim putusan dari kantor itu.",
     "The dinas of the regency or city decides on a graduation; send the decision from that office."},
    {"office_outside_province", "Kantor pelapor berada di luar provinsi pemilik topik ini.",
     "The reporting office lies outside the province that this topic belongs to."},
    {"office_unknown", "Kode kantor pelapor tidak dikenal pada tanggal kejadian.",
     "The code of the reporting office is not known on the day reported."},
    {"officer_ref_invalid", "Rujukan petugas wajib diisi: 1 sampai 64 huruf a-z, angka, atau . _ : / -",
     "An officer reference is required: 1 to 64 of a-z, 0-9 and . _ : / -"},
    {"programme_missing", "Program wajib diisi: PKH atau Sembako.", "The programme is required: PKH or Sembako."},
    {"reason_invalid", "Alasan wajib diisi bila ditunda atau dikembalikan, paling panjang 500 huruf.",
     "A reason is required to hold or return, 500 characters at most."},
    {"recipient_count", "Paling banyak satu pengurus (penerima) dalam keluarga.", "At most one member receives the aid."},
    {"reference_is_identity_number", "Rujukan tidak boleh berupa NIK atau nomor KK; pakai rujukan buatan sendiri.",
     "A reference must not be a NIK or a KK number; use one of your own making."},
    {"relation_missing", "Hubungan dalam keluarga wajib diisi.", "The relation to the head is required."},
    {"report_id_invalid", "report_id wajib diisi: 1 sampai 64 huruf dari A-Z a-z 0-9 . _ : / -",
     "report_id is required: 1 to 64 characters of A-Z a-z 0-9 . _ : / -"},
    {"reported_at_in_future", "Waktu laporan lebih dari satu hari di depan; periksa jam komputer.",
     "The time of the report lies more than a day ahead; check the computer's clock."},
    {"reported_at_invalid", "Waktu laporan (UTC) wajib diisi.", "The time of the report (UTC) is required."},
    {"round_invalid", "Putaran pengusulan wajib diisi, paling panjang 32 huruf.",
     "The round of nominations is required, 32 characters at most."},
    {"same_officer", "Petugas yang merekomendasikan tidak boleh memutuskan; minta petugas lain.",
     "The officer who recommended may not decide; ask another officer."},
    {"schooling_unknown", "Nilai sekolah tidak dikenal.", "The schooling value is not known."},
    {"sex_missing", "Jenis kelamin wajib diisi.", "The sex is required."},
    {"statement_invalid", "SHA-256 surat pernyataan harus 64 digit heksadesimal.",
     "The SHA-256 of the statement must have 64 hexadecimal digits."},
    {"undecodable", "Isi pesan bukan protobuf sesuai ce_type; periksa penyandian.",
     "The value is not the protobuf message that ce_type names; check the encoding."},
    {"unknown_type", "Jenis laporan (ce_type) tidak dikenal.", "The type of report (ce_type) is not known."},
    {"verdict_missing", "Putusan wajib diisi: setuju, tunda, atau kembalikan.", "A verdict is required: confirm, hold or return."},
    {"village_outside_office", "Desa atau kelurahan berada di luar wilayah kantor pelapor.",
     "The village lies outside the region of the reporting office."},
    {"village_unknown", "Kode desa atau kelurahan tidak dikenal pada tanggal kejadian.",
     "The village code is not known on the day reported."},
};

std::vector<Rejection> Build() {
  std::vector<Rejection> all(std::begin(kOwn), std::end(kOwn));
  all.push_back(kGeneral);
  for (const auto kind : {identity::NumberKind::kNik, identity::NumberKind::kKk}) {
    for (const auto error : {identity::NumberError::kNot16Digits, identity::NumberError::kImpossibleProvince,
                             identity::NumberError::kImpossibleDate, identity::NumberError::kSerialZero}) {
      const identity::Explanation& why = identity::Explain(kind, error);
      if (!why.code.empty()) all.push_back({why.code, why.indonesian, why.english});
    }
  }
  std::sort(all.begin(), all.end(), [](const Rejection& a, const Rejection& b) { return a.code < b.code; });
  return all;
}

}  // namespace

absl::Span<const Rejection> AllRejections() {
  static const auto* const kAll = new std::vector<Rejection>(Build());
  return *kAll;
}

const Rejection& RejectionOf(std::string_view code) {
  const absl::Span<const Rejection> all = AllRejections();
  const auto it = std::lower_bound(all.begin(), all.end(), code, [](const Rejection& r, std::string_view c) { return r.code < c; });
  return it != all.end() && it->code == code ? *it : kGeneral;
}

}  // namespace berdaya::registry
