# Compiler options that every target shares: warnings, hardening, sanitizers.
add_library(dp_options INTERFACE)
target_include_directories(dp_options INTERFACE ${PROJECT_SOURCE_DIR}/src)
target_compile_options(dp_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual
  $<$<BOOL:${DP_WERROR}>:-Werror>
  -fstack-protector-strong)
if(DP_PCH AND CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # GCC 12 forgets, through a precompiled header, that libstdc++'s own lines are not to be warned of.
  target_compile_options(dp_options INTERFACE
    -Wno-array-bounds -Wno-stringop-overflow -Wno-stringop-overread -Wno-restrict -Wno-maybe-uninitialized)
endif()
target_compile_definitions(dp_options INTERFACE
  BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_USE_STD_STRING_VIEW BOOST_DISABLE_PRAGMA_MESSAGE SPDLOG_FMT_EXTERNAL
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>)

# Hardening. tests/house/hardening_test.sh finds all of it again in the built program: the stack protector and what the
# linker does in every build, the rest in a release, which is what is shipped (and _FORTIFY_SOURCE needs optimisation).
include(CheckPIESupported)
check_pie_supported()
target_link_options(dp_options INTERFACE -Wl,-z,relro,-z,now,-z,noexecstack,-z,text)
target_compile_options(dp_options INTERFACE
  "$<$<CONFIG:Release>:-fstack-clash-protection;-U_FORTIFY_SOURCE;-D_FORTIFY_SOURCE=3>")
if(CMAKE_SYSTEM_PROCESSOR MATCHES "x86_64|AMD64")
  target_compile_options(dp_options INTERFACE $<$<CONFIG:Release>:-fcf-protection>)
elseif(CMAKE_SYSTEM_PROCESSOR MATCHES "aarch64|arm64")
  target_compile_options(dp_options INTERFACE $<$<CONFIG:Release>:-mbranch-protection=standard>)
endif()

# Sanitizers. What one finds ends the program, so that no test passes over it. DP_PATIENCE: how many times longer than
# usual a test may take.
set(DP_PATIENCE 1)
if(DP_SANITIZE)
  target_compile_options(dp_options INTERFACE
    -fsanitize=${DP_SANITIZE} -fno-sanitize-recover=all -fno-omit-frame-pointer)
  target_link_options(dp_options INTERFACE -fsanitize=${DP_SANITIZE})
  set(DP_PATIENCE 5)
endif()
if(DP_SANITIZE MATCHES "thread")
  # Asio's fences, which ThreadSanitizer does not model; they guard nothing that a mutex does not guard, too.
  target_compile_options(dp_options INTERFACE -Wno-tsan)
endif()
