# Warnings are errors in our own code; generated code is left alone (see protos/CMakeLists.txt).
add_compile_options(-Wall -Wextra -Werror -Wno-missing-field-initializers -Wno-error=deprecated-declarations)
# GCC 12 reports false positives of these inside the standard library at -O2 (GCC bugs 105329, 107852).
add_compile_options(-Wno-restrict -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds -Wno-maybe-uninitialized)
