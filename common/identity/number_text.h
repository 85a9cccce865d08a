// Identity numbers from text: CSV columns, JSON strings, arguments.
//
// Spreadsheets keep 15 digits. A NIK that went through one as a number comes out as 9.1E+15, or with its last digit turned to 0: a
// different person's number that looks perfectly good. What is visibly damaged is refused with a sentence that says how to export
// the column; a silent zero can only be suspected, and only where the caller says that a spreadsheet was involved.
#ifndef BERDAYA_COMMON_IDENTITY_NUMBER_TEXT_H_
#define BERDAYA_COMMON_IDENTITY_NUMBER_TEXT_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

#include "absl/status/statusor.h"

namespace berdaya::identity {

enum class TextOrigin : uint8_t {
  kText,        // written as text by a program; a number ending in 0 is as good as any other
  kSpreadsheet  // saved from a spreadsheet; a number ending in 0 is refused
};

// The 16 digits of a NIK or KK number; spaces around them are ignored, nothing between them is. Empty text is 0, "none". The form
// is not checked here (CheckNik, CheckKk). InvalidArgument says what is wrong and how to export the column, never the text.
absl::StatusOr<uint64_t> ParseNumber(std::string_view text, TextOrigin origin = TextOrigin::kText);

// "9101010101010001": 16 digits as JSON, CSV and XLSX carry them; "" for 0.
std::string FormatNumber(uint64_t number);

// Looks at a whole column, for files whose origin nobody announced: of intact numbers one in ten ends in 0, of damaged ones all do.
class ColumnCheck {
 public:
  void Add(uint64_t number) {
    if (number == 0) return;
    ++numbers_;
    if (number % 10 == 0) ++ending_in_zero_;
  }

  // InvalidArgument where more than half of 20 or more numbers end in 0 (by chance: less than once in 100,000 columns).
  absl::Status Verdict() const;

 private:
  size_t numbers_ = 0;
  size_t ending_in_zero_ = 0;
};

}  // namespace berdaya::identity

#endif  // BERDAYA_COMMON_IDENTITY_NUMBER_TEXT_H_
