#pragma once

#include <memory>

namespace papi {

/// Owns a C handle and frees it with `Close`: `using Statement = Handle<sqlite3_stmt, sqlite3_finalize>`.
template <auto Close>
struct Closer {
  template <class T>
  void operator()(T* pointer) const {
    Close(pointer);
  }
};
template <class T, auto Close>
using Handle = std::unique_ptr<T, Closer<Close>>;

}  // namespace papi
