// Result<T>: a value, or the Error that explains why there is none.
//
// Expected failures travel as Result; exceptions stay inside the adapter that meets them. The class is
// [[nodiscard]], so a dropped failure does not compile. Return an error or log it, never both.
#pragma once

#include <cassert>
#include <optional>
#include <string>
#include <utility>
#include <variant>

namespace deltapost {

/// What kind of failure it is, as far as a caller must tell them apart. api/problem.cpp holds the one mapping
/// to HTTP statuses.
enum class Fault {
  invalid,               // the input breaks a rule; the caller can mend it
  malformed,             // the input cannot even be read (not JSON, invalid UTF-8)
  unauthenticated,       // no key, or one that we do not know
  forbidden,             // a known key that lacks the scope
  not_found,             // there is nothing there, or it belongs to another account
  conflict,              // a unique value is taken, or the record exists already
  precondition_failed,   // If-Match names another version
  idempotency_mismatch,  // an Idempotency-Key that was used for another request
  too_large,             // beyond a named limit
  overloaded,            // refused early; try again later
  unavailable,           // the store or a peer cannot answer now
  stale_epoch,           // another owner has taken the partition's lease
  corrupt,               // stored data that cannot be what we wrote
  internal,              // our own mistake
};

struct Error {
  Fault fault = Fault::internal;
  std::string message{};  // one sentence: what is wrong and what would be right; never a secret
  std::string field{};    // dotted path of the offending input field; empty when it is not about one field
  std::string other{};    // id of the record that stands in the way (conflict); empty otherwise
};

template <class T>
class [[nodiscard]] Result {
 public:
  Result(T value) : state_(std::in_place_index<0>, std::move(value)) {}      // NOLINT: implicit by design
  Result(Error error) : state_(std::in_place_index<1>, std::move(error)) {}  // NOLINT: implicit by design
  template <class U>
  requires(!std::is_same_v<T, U> && std::is_convertible_v<U, T>) Result(Result<U> other)  // NOLINT: likewise
      : Result(other ? Result(T(*std::move(other))) : Result(std::move(other).error())) {}

  explicit operator bool() const { return state_.index() == 0; }
  bool has_value() const { return state_.index() == 0; }

  T& operator*() & { return std::get<0>(state_); }
  const T& operator*() const& { return std::get<0>(state_); }
  T&& operator*() && { return std::get<0>(std::move(state_)); }
  T* operator->() { return &std::get<0>(state_); }
  const T* operator->() const { return &std::get<0>(state_); }

  const Error& error() const& { return std::get<1>(state_); }
  Error&& error() && { return std::get<1>(std::move(state_)); }

 private:
  std::variant<T, Error> state_;
};

/// Success without a value: `return ok();`.
template <>
class [[nodiscard]] Result<void> {
 public:
  Result() = default;
  Result(Error error) : error_(std::move(error)) {}  // NOLINT: implicit by design

  explicit operator bool() const { return !error_; }
  bool has_value() const { return !error_; }
  const Error& error() const& { return *error_; }
  Error&& error() && { return *std::move(error_); }

 private:
  std::optional<Error> error_;
};

inline Result<void> ok() {
  return {};
}

}  // namespace deltapost
