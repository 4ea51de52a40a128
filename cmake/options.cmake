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
  BOOST_ASIO_NO_DEPRECATED BOOST_BEAST_USE_STD_STRING_VIEW SPDLOG_FMT_EXTERNAL
  $<$<CONFIG:Debug>:_GLIBCXX_ASSERTIONS>
  $<$<CONFIG:Release>:_FORTIFY_SOURCE=2>)
target_link_options(dp_options INTERFACE -Wl,-z,relro,-z,now)

if(DP_SANITIZE)
  target_compile_options(dp_options INTERFACE -fsanitize=${DP_SANITIZE} -fno-omit-frame-pointer
    $<$<BOOL:${DP_FUZZ}>:-fno-sanitize-recover=all>)
  target_link_options(dp_options INTERFACE -fsanitize=${DP_SANITIZE})
endif()
