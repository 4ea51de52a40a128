// UniqueFunction: std::function for callables that can only be moved (C++23's move_only_function, the part of
// it that is needed here).
#pragma once

#include <memory>
#include <type_traits>
#include <utility>

#include "base/check.hpp"

namespace deltapost {

template <class Signature>
class UniqueFunction;

template <class R, class... Args>
class UniqueFunction<R(Args...)> {
 public:
  UniqueFunction() = default;

  template <class F>
  requires(!std::is_same_v<std::decay_t<F>, UniqueFunction> &&
           std::is_invocable_r_v<R, std::decay_t<F>&, Args...>)
      UniqueFunction(F&& callable)  // NOLINT: implicit by design, like std::function
      : target_(std::make_unique<Holder<std::decay_t<F>>>(std::forward<F>(callable))) {}

  explicit operator bool() const { return target_ != nullptr; }

  R operator()(Args... args) {
    DP_CHECK(target_ != nullptr);
    return target_->call(std::forward<Args>(args)...);
  }

 private:
  struct Target {
    virtual ~Target() = default;
    virtual R call(Args... args) = 0;
  };
  template <class F>
  struct Holder final : Target {
    template <class G>
    explicit Holder(G&& callable) : callable_(std::forward<G>(callable)) {}
    R call(Args... args) override { return callable_(std::forward<Args>(args)...); }
    F callable_;
  };
  std::unique_ptr<Target> target_;
};

}  // namespace deltapost
