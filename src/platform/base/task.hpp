#pragma once

// Short names for coroutines. The executor is part of the type, so the hot path needs no type erasure.

#include <boost/asio/as_tuple.hpp>
#include <boost/asio/awaitable.hpp>
#include <boost/asio/co_spawn.hpp>
#include <boost/asio/io_context.hpp>
#include <boost/asio/use_awaitable.hpp>

namespace papi {

namespace net = boost::asio;

using Executor = net::io_context::executor_type;
template <class T>
using Task = net::awaitable<T, Executor>;
inline constexpr net::use_awaitable_t<Executor> use_task{};
inline constexpr auto as_result = net::as_tuple(use_task);  // auto [ec, n] = co_await …

/// Runs `task` on another thread's executor and returns its value on the caller's. The task must own its
/// arguments, or they must outlive it. An exception of the task is thrown here.
template <class T>
Task<T> run_on(Executor executor, Task<T> task) {
  co_return co_await net::co_spawn(executor, std::move(task), use_task);
}

}  // namespace papi
