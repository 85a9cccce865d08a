#include "common/service/page_token.h"

#include "absl/strings/escaping.h"
#include "common/status/status.h"

namespace berdaya::service {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHash_bytes = 8;
constexpr size_t kChecksum_bytes = 4;
constexpr size_t kHead_bytes = 1 + kHash_bytes;
// Far more than any key; keeps a caller from making us decode megabytes.
constexpr size_t kMaxToken_bytes = 4096;

// FNV-1a, 64 bits: the same in every process, unlike absl::Hash.
uint64_t Fnv(std::string_view bytes) {
  uint64_t hash = 0xcbf29ce484222325;
  for (const char c : bytes) hash = (hash ^ static_cast<unsigned char>(c)) * 0x100000001b3;
  return hash;
}

void AppendBytes(uint64_t number, size_t bytes, std::string& out) {
  for (size_t i = 0; i < bytes; ++i) out += static_cast<char>(number >> (8 * i));
}

uint64_t ReadBytes(std::string_view in) {
  uint64_t number = 0;
  for (size_t i = 0; i < in.size(); ++i) number |= uint64_t{static_cast<unsigned char>(in[i])} << (8 * i);
  return number;
}

std::string Checksum(std::string_view bytes) {
  const uint64_t hash = Fnv(bytes);
  std::string out;
  AppendBytes(hash ^ (hash >> 32), kChecksum_bytes, out);
  return out;
}

absl::Status Damaged() {
  return Invalid("page_token_form", "page_token", "not a token of this service; ask for the first page again");
}

}  // namespace

std::string EncodePageToken(std::string_view position, std::string_view filter) {
  std::string bytes(1, kVersion);
  AppendBytes(Fnv(filter), kHash_bytes, bytes);
  bytes += position;
  bytes += Checksum(bytes);
  return absl::WebSafeBase64Escape(bytes);
}

absl::StatusOr<std::string> DecodePageToken(std::string_view token, std::string_view filter) {
  if (token.empty()) return std::string();
  std::string bytes;
  if (token.size() > kMaxToken_bytes || !absl::WebSafeBase64Unescape({token.data(), token.size()}, &bytes)) return Damaged();
  if (bytes.size() < kHead_bytes + kChecksum_bytes || bytes[0] != kVersion) return Damaged();
  const std::string_view all = bytes;
  const std::string_view sealed = all.substr(0, all.size() - kChecksum_bytes);
  if (all.substr(sealed.size()) != Checksum(sealed)) return Damaged();
  if (ReadBytes(sealed.substr(1, kHash_bytes)) != Fnv(filter)) {
    return Invalid("page_token_query", "page_token",
                   "of another query; repeat the query that it came from, or ask for the first page");
  }
  return std::string(sealed.substr(kHead_bytes));
}

std::string EncodePageToken(absl::Span<const int64_t> position, std::string_view filter) {
  std::string bytes;
  for (const int64_t number : position) AppendBytes(static_cast<uint64_t>(number), 8, bytes);
  return EncodePageToken(std::string_view(bytes), filter);
}

absl::StatusOr<std::vector<int64_t>> DecodePageToken(std::string_view token, std::string_view filter, size_t count) {
  const absl::StatusOr<std::string> bytes = DecodePageToken(token, filter);
  if (!bytes.ok()) return bytes.status();
  std::vector<int64_t> position;
  if (token.empty()) return position;
  if (bytes->size() != 8 * count) return Damaged();
  for (size_t i = 0; i < count; ++i) position.push_back(static_cast<int64_t>(ReadBytes(std::string_view(*bytes).substr(8 * i, 8))));
  return position;
}

}  // namespace berdaya::service
