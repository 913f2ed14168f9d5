# Warnings, hardening and sanitizers, as one interface target that all of our own targets link.
# Generated protobuf code does not link it: its warnings are not ours to mend.
find_program(CCACHE ccache)
if(CCACHE)
  set(CMAKE_CXX_COMPILER_LAUNCHER ${CMAKE_COMMAND} -E env
      CCACHE_SLOPPINESS=pch_defines,time_macros,include_file_mtime,include_file_ctime ${CCACHE})
endif()

add_library(papi_options INTERFACE)
target_compile_options(papi_options INTERFACE
  -Wall -Wextra -Wpedantic -Wshadow -Wnon-virtual-dtor -Woverloaded-virtual -Wold-style-cast -Wmissing-declarations
  # In clang, so in clang-tidy too, -Wconversion includes -Wsign-conversion. In g++ it does not.
  -Wconversion -Wno-sign-conversion -Werror)
if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
  # g++ 12 reports these falsely inside coroutine frames and inlined std::string code (GCC bugs 105329, 105562).
  target_compile_options(papi_options INTERFACE -fcoroutines -fpch-preprocess
    -Wno-restrict -Wno-maybe-uninitialized -Wno-mismatched-new-delete -Wno-stringop-overflow -Wno-stringop-overread -Wno-array-bounds)
  # It takes the source of a unity build for a header, and the frame of a coroutine for a type that others see.
  target_compile_options(papi_options INTERFACE -Wno-subobject-linkage)
endif()

# Compiles the sources of a target in so many groups: headers are read, and templates instantiated, once for a group. Which
# group a source is in follows from its name alone, so that a new source changes one group.
function(papi_unity target groups)
  set_target_properties(${target} PROPERTIES UNITY_BUILD ${PAPI_UNITY} UNITY_BUILD_MODE GROUP)
  get_target_property(sources ${target} SOURCES)
  foreach(source ${sources})
    get_filename_component(path ${source} ABSOLUTE)
    file(RELATIVE_PATH name ${PROJECT_SOURCE_DIR} ${path})
    string(MD5 digest ${name})
    string(SUBSTRING ${digest} 0 6 digits)
    math(EXPR group "0x${digits} % ${groups}")
    set_source_files_properties(${source} PROPERTIES UNITY_GROUP ${group})
  endforeach()
endfunction()
if(CMAKE_BUILD_TYPE STREQUAL "Release")
  set(CMAKE_CXX_FLAGS_RELEASE "-O2 -g1 -DNDEBUG")
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # g++ inlines less once a source has grown by 40 % over 10,000 instructions. The groups of a unity build are above that
    # from the start, and each short append() to a string became a call: a third more CPU for a request.
    add_compile_options(--param=large-unit-insns=200000)
  endif()
  add_compile_options(-fstack-protector-strong -D_FORTIFY_SOURCE=2 -fPIE)
  add_link_options(-pie -Wl,-z,relro,-z,now)
endif()
if(PAPI_SANITIZE)
  add_compile_options(-fsanitize=${PAPI_SANITIZE} -fno-omit-frame-pointer -g1 -O1)
  add_link_options(-fsanitize=${PAPI_SANITIZE})
  # Asio recycles the memory of coroutine frames and small operations, which hides their misuse from the sanitizers.
  add_compile_definitions(BOOST_ASIO_DISABLE_AWAITABLE_FRAME_RECYCLING BOOST_ASIO_DISABLE_SMALL_BLOCK_RECYCLING)
  if(PAPI_SANITIZE MATCHES "undefined")
    add_compile_options(-fno-sanitize-recover=undefined)
    if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
      # g++ puts these two checks at each use of a pointer, which doubles the time of the build. AddressSanitizer finds
      # null pointers too, and the fuzz targets, which clang builds, keep both.
      add_compile_options(-fno-sanitize=null,alignment)
    endif()
  endif()
  if(PAPI_SANITIZE MATCHES "thread")
    # TSan does not model atomic_thread_fence, which the standard library and Boost use only around shared_ptr counts.
    target_compile_options(papi_options INTERFACE -Wno-tsan)
  endif()
endif()
