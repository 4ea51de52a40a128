# The staircase: a target per folder of src/, each with its floor. A folder may use only lower floors
# (tests/house/floors_test.cmake refuses an include upward, too).

# dp_precompile(<name> [<header>…]): headers that others reuse, those of every file among them.
function(dp_precompile name)
  if(NOT DP_PCH)
    return()
  endif()
  file(WRITE ${CMAKE_BINARY_DIR}/${name}.cpp "")
  add_library(${name} OBJECT ${CMAKE_BINARY_DIR}/${name}.cpp)
  target_link_libraries(${name} PRIVATE dp_options fmt::fmt Boost::json)
  target_precompile_headers(${name} PRIVATE <algorithm> <chrono> <functional> <map> <memory> <mutex> <optional> <string>
    <unordered_map> <variant> <vector> <fmt/format.h> <boost/json.hpp> ${ARGN})
endfunction()

# dp_room(<folder> FLOOR <n> SOURCES … [USES <rooms>…] [LIBRARIES <targets>…])
function(dp_room name)
  cmake_parse_arguments(ROOM "" "FLOOR" "SOURCES;USES;LIBRARIES" ${ARGN})
  add_library(dp_${name} STATIC ${ROOM_SOURCES})
  set_target_properties(dp_${name} PROPERTIES DP_FLOOR ${ROOM_FLOOR})
  foreach(used ${ROOM_USES})
    get_target_property(floor dp_${used} DP_FLOOR)
    if(NOT floor LESS ROOM_FLOOR)
      message(FATAL_ERROR "${name} (floor ${ROOM_FLOOR}) may not use ${used} (floor ${floor})")
    endif()
    target_link_libraries(dp_${name} PUBLIC dp_${used})
  endforeach()
  target_link_libraries(dp_${name} PUBLIC dp_options ${ROOM_LIBRARIES})
  # Only who defines what the headers were compiled with can reuse them: who knows records, and so Boost.JSON.
  if(DP_PCH AND ("record" IN_LIST ROOM_USES OR name STREQUAL "record"))
    target_precompile_headers(dp_${name} REUSE_FROM dp_headers)
  endif()
endfunction()

# dp_run_options(<test> TIMEOUT <seconds> [ENVIRONMENT <NAME=value>…]): how a test runs, in a sanitized build with patience
# and so that nothing that is found goes unseen: reports go into a folder, which the fixture empties before the tests and
# looks into after them (tests/house/sanitizer_reports.sh). So a find counts also in a server that was then killed.
function(dp_run_options name)
  cmake_parse_arguments(RUN "" "TIMEOUT" "ENVIRONMENT" ${ARGN})
  math(EXPR timeout "${RUN_TIMEOUT} * ${DP_PATIENCE}")
  if(DP_SANITIZE)
    set(to "log_path=${PROJECT_BINARY_DIR}/sanitizer/report")
    list(APPEND RUN_ENVIRONMENT "DELTAPOST_PATIENCE=${DP_PATIENCE}" "DELTAPOST_SANITIZE=${DP_SANITIZE}"
      "ASAN_OPTIONS=${to}:detect_stack_use_after_return=1:strict_string_checks=1:check_initialization_order=1"
      "UBSAN_OPTIONS=${to}:print_stacktrace=1"
      "TSAN_OPTIONS=${to}:second_deadlock_stack=1")
    set_tests_properties(${name} PROPERTIES FIXTURES_REQUIRED sanitizer)
  endif()
  set_tests_properties(${name} PROPERTIES TIMEOUT ${timeout} ENVIRONMENT "${RUN_ENVIRONMENT}")
endfunction()

# dp_test(<name> SOURCES … USES <rooms>…): one GoogleTest program, one line in ctest.
function(dp_test name)
  cmake_parse_arguments(TEST "" "TIMEOUT" "SOURCES;USES;LIBRARIES;LABELS" ${ARGN})
  add_executable(test_${name} ${TEST_SOURCES})
  if(DP_PCH AND "record" IN_LIST TEST_USES)
    target_precompile_headers(test_${name} REUSE_FROM dp_test_headers)
  endif()
  foreach(used ${TEST_USES})
    target_link_libraries(test_${name} PRIVATE dp_${used})
  endforeach()
  target_link_libraries(test_${name} PRIVATE dp_options ${TEST_LIBRARIES} GTest::gtest GTest::gmock GTest::gtest_main)
  target_include_directories(test_${name} PRIVATE ${PROJECT_SOURCE_DIR}/tests)
  target_compile_definitions(test_${name} PRIVATE DP_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  add_test(NAME ${name} COMMAND test_${name})
  if(NOT TEST_TIMEOUT)
    set(TEST_TIMEOUT 120)
  endif()
  set_tests_properties(${name} PROPERTIES LABELS "${TEST_LABELS}")
  dp_run_options(${name} TIMEOUT ${TEST_TIMEOUT})
endfunction()
