// ChunkedBody: the bytes of a chunked body -> the data in them (RFC 9112, section 7.1). Strict, because two
// readings of one body would let requests be smuggled, and the same wherever the network has cut the bytes.
#pragma once

#include <cstddef>
#include <cstdint>
#include <string>
#include <string_view>

namespace deltapost::net {

class ChunkedBody {
 public:
  enum class State { reading, complete, invalid, too_long };

  /// `max_overhead`: how many bytes the extensions of all chunks and the trailers may take together. They are
  /// checked and dropped.
  explicit ChunkedBody(std::size_t max_overhead) : max_overhead_(max_overhead) {}

  /// A part of the body that was read: how many bytes it took, and the data among them.
  struct Part {
    std::size_t used = 0;
    std::string_view data{};  // into the bytes that were given
  };

  /// Takes the next part off `bytes`, which are not empty: some data, or a line. While it is reading, every
  /// part takes at least one byte; afterwards none.
  Part take(std::string_view bytes);

  State state() const { return state_; }
  /// Bytes of data that the chunk begun last still has to bring.
  std::uint64_t announced() const { return announced_; }

 private:
  enum class Place { size, data, data_end, trailers };

  Part take_data(std::string_view bytes);
  Part take_data_end(std::string_view bytes);
  Part take_line(std::string_view bytes);
  void end_line();
  void begin_chunk(std::string_view size_line);
  void add_trailer(std::string_view trailer);

  std::size_t max_overhead_;
  std::size_t overhead_ = 0;
  std::uint64_t announced_ = 0;
  State state_ = State::reading;
  Place place_ = Place::size;
  std::string line_{};  // what has come of it
};

}  // namespace deltapost::net
